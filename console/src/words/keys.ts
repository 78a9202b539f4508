/** The list of keys, shown on "?". */

export const en = {
  title: "Keys",
  hint: "Keys do nothing while you type.",
  confirmed: "Confirm: same person",
  rejected: "Reject: somebody else",
  unsure: "Mark unsure",
  next: "Next hit",
  previous: "Previous hit",
  frame: "Full picture, large",
  clip: "Clip, and back to the picture",
  amend: "Change the decision, with a reason",
  undo: "Change my last decision",
  sound: "Sound on or off",
  keys: "This list",
};

export const zh: typeof en = {
  title: "快捷键",
  hint: "输入文字时快捷键不生效。",
  confirmed: "确认：是同一人",
  rejected: "排除：不是同一人",
  unsure: "标为不确定",
  next: "下一条",
  previous: "上一条",
  frame: "放大全景画面",
  clip: "播放录像片段，再按返回画面",
  amend: "更改判断（需填原因）",
  undo: "更改我上一次的判断",
  sound: "打开或关闭提示音",
  keys: "显示本列表",
};
