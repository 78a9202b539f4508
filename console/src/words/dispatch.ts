/** Deliveries and the guards' answers, shown at the hit. */

export const en = {
  title: "Guards",
  none: "Nothing has been sent.",
  afterConfirm: "Sent to the groups near this camera once confirmed.",
  onTheWay: "Being handed to the groups near this camera…",
  kinds: { hit: "Message", withdraw: "Withdrawal", status: "Status", exercise: "Exercise", bulletin: "Bulletin" },
  states: {
    queued: "Waiting to be sent",
    sending: "Being sent",
    sent: "Sent",
    unknown: "Sent, no receipt",
    failed: "Failed",
    expired: "Too late, not sent",
    withdrawn: "Withdrawn",
  },
  replies: { seen: "Seen", on_my_way: "On my way", sighted: "Sighted here", not_him: "Not him", other: "Says" },
  chats: { page: "Group page", matrix: "Matrix", wecom_robot: "WeCom robot", webhook: "Webhook" },
  distance: (m: string) => `${m} away`,
  tries: (n: number) => `${n} tries`,
  somebody: "A guard",
};

export const zh: typeof en = {
  title: "现场保安",
  none: "尚未发送任何消息。",
  afterConfirm: "确认后发送给摄像机附近的群组。",
  onTheWay: "正在下发给摄像机附近的群组…",
  kinds: { hit: "消息", withdraw: "撤回", status: "状态", exercise: "演练", bulletin: "通报" },
  states: {
    queued: "等待发送",
    sending: "发送中",
    sent: "已发送",
    unknown: "已发送，未收到回执",
    failed: "发送失败",
    expired: "已过时，未发送",
    withdrawn: "已撤回",
  },
  replies: { seen: "已看到", on_my_way: "正在赶去", sighted: "发现此人", not_him: "不是本人", other: "回复" },
  chats: { page: "群组页面", matrix: "Matrix", wecom_robot: "企业微信机器人", webhook: "Webhook" },
  distance: (m) => `相距 ${m}`,
  tries: (n) => `已尝试 ${n} 次`,
  somebody: "保安",
};
