export const en = {
  title: "History",
  verdict: "Decision",
  anyVerdict: "Any decision",
  site: "Site",
  anySite: "Every site",
  empty: "No hit like this yet",
  by: "Decided by",
  rounds: "What was decided",
  round: (n: number) => `Round ${n}`,
};

export const zh: typeof en = {
  title: "记录",
  verdict: "判断",
  anyVerdict: "全部判断",
  site: "场所",
  anySite: "全部场所",
  empty: "没有符合条件的记录",
  by: "判断人",
  rounds: "判断经过",
  round: (n) => `第 ${n} 轮`,
};
