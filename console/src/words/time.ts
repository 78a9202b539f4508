export const en = {
  justNow: "just now",
  seconds: (n: number) => `${n} s ago`,
  minutes: (n: number) => `${n} min ago`,
  hours: (n: number) => `${n} h ago`,
  days: (n: number) => (n === 1 ? "yesterday" : `${n} days ago`),
  siteTime: (zone: string) => `local time of the site (${zone})`,
};

export const zh: typeof en = {
  justNow: "刚刚",
  seconds: (n) => `${n} 秒前`,
  minutes: (n) => `${n} 分钟前`,
  hours: (n) => `${n} 小时前`,
  days: (n) => (n === 1 ? "昨天" : `${n} 天前`),
  siteTime: (zone) => `现场当地时间（${zone}）`,
};
