/** Moments in words: the site's own time, and how long ago. */

import type { Language } from "../api/types";
import type { Words } from "../words/catalogue";

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;
/** Under this, "3 s ago" would only flicker. */
const JUST_NOW_S = 3;

const LOCALES: Record<Language, string> = { en: "en-GB", zh: "zh-CN" };

export function ago(then: string, nowMs: number, words: Words["time"]): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(then)) / 1000));
  if (seconds < JUST_NOW_S) return words.justNow;
  if (seconds < MINUTE_S) return words.seconds(seconds);
  if (seconds < HOUR_S) return words.minutes(Math.floor(seconds / MINUTE_S));
  if (seconds < DAY_S) return words.hours(Math.floor(seconds / HOUR_S));
  return words.days(Math.floor(seconds / DAY_S));
}

/** "14:03:09" where the camera stands; with the date once it is another day there. */
export function siteTime(then: string, zone: string, nowMs: number, language: Language): string {
  const moment = new Date(then);
  const time = format(moment, zone, language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return day(moment, zone) === day(new Date(nowMs), zone) ? time : `${shortDate(moment, zone, language)} ${time}`;
}

/** Date and minute, for tables. */
export function dateTime(then: string, language: Language, zone?: string): string {
  const parts = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  return format(new Date(then), zone, language, parts);
}

export function localTime(atMs: number, language: Language): string {
  return format(new Date(atMs), undefined, language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** What `<input type="datetime-local">` holds: the reader's own time, to the minute. */
export function inputValue(moment: Date): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * MINUTE_S * 1000);
  return local.toISOString().slice(0, 16);
}

function shortDate(moment: Date, zone: string, language: Language): string {
  return format(moment, zone, language, { month: "short", day: "numeric" });
}

function day(moment: Date, zone: string): string {
  return format(moment, zone, "en", { year: "numeric", month: "2-digit", day: "2-digit" });
}

function format(moment: Date, zone: string | undefined, language: Language, parts: Intl.DateTimeFormatOptions): string {
  const options = { hourCycle: "h23", ...(zone === undefined ? {} : { timeZone: zone }), ...parts } as const;
  return new Intl.DateTimeFormat(LOCALES[language], options).format(moment);
}
