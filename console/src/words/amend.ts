/** Changing a decision. */

export const en = {
  title: (number: string) => `Change the decision on ${number}`,
  now: "It stands as",
  to: "Change to",
  why: "Why",
  note: "Note",
  notePlaceholder: "What the next reader should know (optional)",
  submit: "Change the decision",
  withdraws: "Groups that were told get a withdrawal.",
  tells: "The guard groups near the camera are told.",
  reasons: {
    mistake: "Pressed by mistake",
    second_look: "A second look says otherwise",
    guard_says_not_him: "Guards say it is not the person",
    new_information: "New information has come in",
    other: "Another reason, in the note",
  },
  noteNeeded: "Please say which reason",
};

export const zh: typeof en = {
  title: (number) => `更改对 ${number} 的判断`,
  now: "当前判断",
  to: "更改为",
  why: "原因",
  note: "备注",
  notePlaceholder: "后续人员需要了解的情况（可不填）",
  submit: "更改判断",
  withdraws: "已通知的群组将收到撤回消息。",
  tells: "将通知摄像机附近的保安群组。",
  reasons: {
    mistake: "按错了",
    second_look: "再次比对后看法不同",
    guard_says_not_him: "现场人员反馈不是本人",
    new_information: "有了新情况",
    other: "其他原因，见备注",
  },
  noteNeeded: "请说明原因",
};
