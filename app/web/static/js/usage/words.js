/** Days, sums and quotas of usage, in words. */

import { bytes, moment, number } from "../format.js";
import { locale, t } from "../i18n.js";

/** @import { QuotaOut, UsageSums, UsedBy, UsedCharacter } from "../types.js" */

const DAY_MS = 86_400_000;

/** A day of usage begins at midnight UTC, wherever its reader is. @param {string} day @param {Intl.DateTimeFormatOptions} [parts] */
export const dayText = (day, parts = { day: "numeric", month: "short" }) =>
  new Intl.DateTimeFormat(locale(), { ...parts, timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));

/** Every day from the first to the last. @param {string} first @param {string} last */
export function daysBetween(first, last) {
  const days = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += DAY_MS) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

/** @param {UsageSums} sums */
export const tokensOf = ({ prompt_tokens: prompt, completion_tokens: reply }) => prompt + reply;

/** @param {UsageSums} sums */
export const sumText = (sums) => t("usage.sum", { turns: sums.turns, tokens: number(tokensOf(sums)) });

/** @param {QuotaOut["quota"]} quota @param {number} value */
export const amount = (quota, value) => (quota === "storage_bytes" ? bytes(value) : number(value));

/** @param {QuotaOut} limit */
export function limitText(limit) {
  const used = t("usage.of", { used: amount(limit.quota, limit.used), limit: amount(limit.quota, limit.limit) });
  const isOfToday = limit.quota === "tokens_a_day" || limit.quota === "uploads_a_day";
  return isOfToday && limit.resets_at ? `${used} · ${t("usage.anew", { when: moment(limit.resets_at) })}` : used;
}

/** @param {UsedBy} by */
export const byText = ({ kind, name, login }) => (kind === "person" ? name ?? login ?? t("usage.gone_person") : t(`usage.${kind}`));

/** @param {UsedCharacter|null} character */
export const characterText = (character) => (character ? character.name ?? t("usage.gone_character") : t("usage.no_character"));
