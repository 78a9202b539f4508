/** What is left of a clock, "2:05"; never less than nothing. */

const MINUTE_S = 60;

export function countdown(due: string, nowMs: number): string {
  const seconds = Math.max(0, Math.ceil((Date.parse(due) - nowMs) / 1000));
  return `${Math.floor(seconds / MINUTE_S)}:${String(seconds % MINUTE_S).padStart(2, "0")}`;
}
