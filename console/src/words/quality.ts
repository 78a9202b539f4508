/** What a face lacks, what a weak photo is, and what a second one gains. */

const percent = (part: number): string => `${(100 * part).toFixed(1).replace(/\.0$/, "")} %`;

export const en = {
  lacks: {
    too_small: (found: number, _needed: number) => `small, ${found} px between the eyes`,
    too_dark: (found: number, _needed: number) => `dark, ${found} % black`,
    too_bright: (found: number, _needed: number) => `glaring, ${found} % white`,
    flat: (_found: number, _needed: number) => "little contrast",
    blurred: (found: number, needed: number) => `blurred, sharpness ${found} (a portrait has ${needed})`,
    turned_away: (found: number, _needed: number) => `turned about ${Math.round(found)}° to the side`,
    looks_up_or_down: (found: number, _needed: number) => `looks about ${Math.round(found)}° up or down`,
    cut_off: (found: number, _needed: number) => `${found} % cut off`,
  },
  picture: "Picture",
  pictureHint: "What the camera's picture lacks of what a portrait needs.",
  good: "good",
  weak: "Weak photo",
  weakHit: "There are only photos too poor for a portrait, let in as weak. The threshold is higher; look twice.",
  weakWhy: (why: string, by: string, rate: number | null) =>
    `Let in by ${by}: ${why}.${rate === null ? "" : ` Expect it to find ${percent(rate)} of those who pass with a good look.`}`,
  accepted: (rate: number | null) => `Accepted as weak${rate === null ? "" : `, finds about ${percent(rate)}`}`,
  mayBeWeak: (rate: number | null) =>
    `If there is no better photo it may be let in as weak${rate === null ? "" : `: it would find about ${percent(rate)} of those who pass with a good look`}.`,
  letIn: "Let the poor ones in as weak, because",
  letInHint:
    "Left empty: they stay out. Your name and reason stay with the photo. Where a person has only weak photos the threshold is higher, and hits are marked.",
  second: (one: number, two: number) =>
    `Fewer than two good photos. With two the person is found ${percent(two)} of the time, with one ${percent(one)}.`,
  addSecond: "Add a photo",
  nOne: (n: number) => (n === 1 ? "1 person has fewer than two good photos" : `${n} people have fewer than two good photos`),
  gain: (one: number, two: number) => `A second one raises what is found from ${percent(one)} to ${percent(two)}.`,
  nWeak: (n: number) => (n === 1 ? "1 of them weak" : `${n} of them weak`),
  download: "Download as CSV",
  columns: ["line", "name", "file", "result", "reason", "explanation"],
};

export const zh: typeof en = {
  lacks: {
    too_small: (found) => `人脸小，两眼间距 ${found} 像素`,
    too_dark: (found) => `偏暗，${found}% 为黑色`,
    too_bright: (found) => `过曝，${found}% 为白色`,
    flat: () => "对比度低",
    blurred: (found, needed) => `模糊，清晰度 ${found}（登记照需 ${needed}）`,
    turned_away: (found) => `侧转约 ${Math.round(found)}°`,
    looks_up_or_down: (found) => `上仰或下俯约 ${Math.round(found)}°`,
    cut_off: (found) => `有 ${found}% 未拍到`,
  },
  picture: "画面",
  pictureHint: "与登记照的要求相比，现场画面欠缺之处。",
  good: "良好",
  weak: "弱照片",
  weakHit: "登记照片质量都不足，作为弱照片录入。阈值更高，请仔细核对。",
  weakWhy: (why, by, rate) =>
    `${by} 录入：${why}。${rate === null ? "" : `预计只能找到 ${percent(rate)} 的清晰经过。`}`,
  accepted: (rate) => `已作为弱照片接受${rate === null ? "" : `，预计找到约 ${percent(rate)}`}`,
  mayBeWeak: (rate) =>
    `若没有更好的照片，可作为弱照片录入${rate === null ? "" : `：预计只能找到约 ${percent(rate)} 的清晰经过`}。`,
  letIn: "将低质量照片作为弱照片录入，理由",
  letInHint: "留空则不录入。您的姓名和理由会随照片保存。若此人只有弱照片，阈值会更高，命中也会有标记。",
  second: (one, two) => `好照片不足两张。有两张时找到率为 ${percent(two)}，一张时为 ${percent(one)}。`,
  addSecond: "补充照片",
  nOne: (n) => `${n} 人的好照片不足两张`,
  gain: (one, two) => `补充第二张，找到率从 ${percent(one)} 升到 ${percent(two)}。`,
  nWeak: (n) => `其中弱照片 ${n} 张`,
  download: "下载 CSV",
  columns: ["行", "姓名", "文件", "结果", "原因", "说明"],
};
