/** The queue: every message to every chat, and its story. */

export const en = {
  title: "Deliveries",
  hint: "Every message to every chat, newest first. Late is not delivered: what is overdue, overruled or paused is never sent again.",
  state: "State",
  anyState: "Any state",
  none: "No delivery is like that",
  explain: "Explain",
  hide: "Hide",
  redrive: "Send again",
  repeat: "marked as a repeat",
  read: "read",
  missed: (n: number) => `${n} not reached`,
};

export const zh: typeof en = {
  title: "发送记录",
  hint: "按时间倒序列出发往各群聊的每条消息。过期、被否决或已暂停的消息不会再次发送。",
  state: "状态",
  anyState: "全部状态",
  none: "没有符合条件的消息",
  explain: "查看经过",
  hide: "收起",
  redrive: "重新发送",
  repeat: "已标注重发",
  read: "已读",
  missed: (n) => `${n} 人未收到`,
};
