/** Numbers, sizes and moments, in the interface's language. */

import { locale, t } from "./i18n.js";

/** @import { Mode } from "./types.js" */

/** @param {number} value */
export const number = (value) => new Intl.NumberFormat(locale()).format(value);

/** “Kit and Bev”. @param {string[]} names */
export const list = (names) => new Intl.ListFormat(locale()).format(names);

/** @param {number} share */
export const percent = (share) =>
  new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(share);

/** With its sign, which zero has not. @param {number} value @param {number} [digits] */
export const signed = (value, digits = 0) =>
  new Intl.NumberFormat(locale(), { signDisplay: "exceptZero", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** With one digit behind the point where there is only one before it. @param {number} value */
export const decimal = (value) =>
  new Intl.NumberFormat(locale(), { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 }).format(value);

/** @param {number} value */
export const score = (value) => value.toFixed(3);

/**
 * An example's score: a similarity in the mode `reference`, else a weighted sum.
 * @param {number} value
 * @param {Mode|null} mode
 */
export const scoreText = (value, mode) =>
  t(mode && mode !== "reference" ? "examples.rank_score" : "examples.score", { score: score(value) });

/** @param {number} size */
export function bytes(size) {
  const units = ["B", "KB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(size, 1)) / Math.log(1024)));
  const digits = power === 0 ? 0 : 1;
  return `${(size / 1024 ** power).toFixed(digits)} ${units[power]}`;
}

/** @param {number} value */
export function milliseconds(value) {
  return value < 1000 ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : `${(value / 1000).toFixed(1)} s`;
}

/** @param {number} seconds */
export function secondsLeft(seconds) {
  if (seconds < 60) return t("time.seconds_left", { n: Math.max(1, Math.round(seconds)) });
  return t("time.minutes_left", { n: Math.round(seconds / 60) });
}

/** @type {Array<[number, Intl.RelativeTimeFormatUnit, number]>} limit in seconds, unit, its seconds */
const STEPS = [
  [60, "second", 1],
  [3_600, "minute", 60],
  [86_400, "hour", 3_600],
  [604_800, "day", 86_400],
];

/** "3 minutes ago", or the date when it is longer than a week. @param {string} iso */
export function ago(iso) {
  const then = new Date(iso);
  const seconds = (Date.now() - then.getTime()) / 1000;
  if (seconds < 45) return t("time.now");
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  for (const [limit, unit, size] of STEPS) {
    if (seconds < limit) return relative.format(-Math.round(seconds / size), unit);
  }
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(then);
}

/** @param {string} iso */
export const moment = (iso) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));

/** A title without the stars and ticks of the message it was taken from. @param {string} title */
export const unmarked = (title) => title.replace(/[*`]+/g, "");

/** The time of day. @param {string} iso */
export const clock = (iso) => new Intl.DateTimeFormat(locale(), { timeStyle: "short" }).format(new Date(iso));

/** "Today", "Yesterday", or the date with its weekday. @param {Date} date */
export function dayName(date) {
  const days = Math.round((midnight(new Date()) - midnight(date)) / 86_400_000);
  if (days === 0 || days === 1) {
    const word = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(-days, "day");
    return word.charAt(0).toUpperCase() + word.slice(1);
  }
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = { weekday: "long", day: "numeric", month: "long" };
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return new Intl.DateTimeFormat(locale(), isThisYear ? parts : { ...parts, year: "numeric" }).format(date);
}

/** @param {Date} date */
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/**
 * The language a text is written in, for its `lang` attribute: fonts and voices depend on it.
 * @param {string} text
 * @param {string} [otherwise]
 */
export function languageOf(text, otherwise = "en") {
  if (/[\u3040-\u30ff]/.test(text)) return "ja";
  if (/[\uac00-\ud7af]/.test(text)) return "ko";
  if (/[\u3400-\u9fff]/.test(text)) return "zh-Hans";
  if (/[a-z]/i.test(text)) return "en";
  return otherwise === "zh" ? "zh-Hans" : otherwise;
}
