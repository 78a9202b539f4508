/** The clip of a hit. */

export const en = {
  play: (seconds: string) => `Clip, ${seconds} s`,
  coming: "The clip follows some seconds after the person has left",
  label: (place: string) => `Seconds around the hit: ${place}`,
  moment: "To the hit",
  download: "Save",
  downloadHint: "As the camera sent it",
  close: "Back to the picture",
  preparing: "Preparing the clip for this browser…",
  failed: "The clip cannot be played",
  encodedAnew: (codec: string) => `Encoded anew: this browser does not play ${codec}.`,
};

export const zh: typeof en = {
  play: (seconds) => `录像片段 ${seconds} 秒`,
  coming: "录像片段将在此人离开画面数秒后生成",
  label: (place) => `命中前后的录像：${place}`,
  moment: "跳到命中时刻",
  download: "保存",
  downloadHint: "摄像机发送的原始录像",
  close: "返回全景画面",
  preparing: "正在为此浏览器准备录像片段…",
  failed: "录像片段无法播放",
  encodedAnew: (codec) => `此浏览器不支持 ${codec}，播放的是转码后的画面。`,
};
