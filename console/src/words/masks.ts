/** Parts of a picture where nobody is matched, and faces that do not move. */

export const en = {
  masks: (n: number) => (n === 0 ? "Masks" : `Masks (${n})`),
  title: (stream: string) => `Masks of ${stream}`,
  hint: "Nobody is matched where a mask lies. Draw a rectangle over a poster or a screen; other shapes: patrol streams masks add.",
  looked: "The picture is taken just now and kept nowhere; that you looked is on record.",
  noPicture: "No picture from this camera just now; masks can be drawn on the empty frame.",
  mask: (n: number) => `Mask ${n}`,
  remove: (n: number) => `Remove mask ${n}`,
  none: "No mask.",
  drawing: "Draw with the mouse or a finger.",
  canvas: "The camera's picture with its masks",
  still: "Faces that do not move",
  stillHint: "Probably a poster or a screen: this person is not matched at that place until you say what it is. Anybody else there still is.",
  stillSince: (person: string, stream: string, when: string) => `${person} at ${stream}, since ${when}`,
  stillHit: (number: string) => `Hit ${number}`,
  accept: "A poster or a screen: mask it",
  dismiss: "A person: match there again",
};

export const zh: typeof en = {
  masks: (n) => (n === 0 ? "遮罩" : `遮罩（${n}）`),
  title: (stream) => `${stream} 的遮罩`,
  hint: "遮罩区域内不做匹配。请在海报或屏幕上拖出矩形；其他形状可用 patrol streams masks add。",
  looked: "画面为刚刚获取，不会保存；查看行为已记录。",
  noPicture: "暂时无法获取该摄像机画面，可在空白画面上绘制。",
  mask: (n) => `遮罩 ${n}`,
  remove: (n) => `删除遮罩 ${n}`,
  none: "没有遮罩。",
  drawing: "用鼠标或手指拖动绘制。",
  canvas: "摄像机画面及其遮罩",
  still: "静止不动的人脸",
  stillHint: "可能是海报或屏幕：确认之前，系统不在该位置匹配此人，其他人照常匹配。",
  stillSince: (person, stream, when) => `${stream}：${person}，自 ${when}`,
  stillHit: (number) => `命中 ${number}`,
  accept: "是海报或屏幕：加遮罩",
  dismiss: "是真人：恢复匹配",
};
