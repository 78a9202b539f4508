/** Two soft notes, made here: no sound file to load. */

const NOTES_HZ = { hit: [659, 880], alarm: [880, 659, 880] } as const;
const NOTE_S = 0.16;
const LOUDNESS = 0.12;

let audio: AudioContext | null = null;

/** Browsers play nothing before the reader has pressed something. */
export function unlockSound(): void {
  audio ??= new AudioContext();
  void audio.resume();
}

export function chime(kind: keyof typeof NOTES_HZ): void {
  unlockSound();
  if (audio) for (const [index, hz] of NOTES_HZ[kind].entries()) playNote(audio, hz, audio.currentTime + index * NOTE_S);
}

function playNote(context: AudioContext, hz: number, at: number): void {
  const tone = new OscillatorNode(context, { frequency: hz, type: "sine" });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, at + NOTE_S * 2);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + NOTE_S * 2);
}
