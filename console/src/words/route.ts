/** Why each group got a hit or did not. The reasons themselves come from the server, in the reader's language. */

export const en = {
  title: "Who is told, and why",
  told: "Told",
  wouldTell: "Would be told now",
  reserves: "In line",
  refused: "Not told",
  nobody: "Nobody",
  others: (n: number) => (n === 1 ? "One group covers other places" : `${n} groups cover other places`),
};

export const zh: typeof en = {
  title: "通知对象及原因",
  told: "已通知",
  wouldTell: "此刻会通知",
  reserves: "候补",
  refused: "未通知",
  nobody: "无",
  others: (n) => `另有 ${n} 个群组负责其他地点`,
};
