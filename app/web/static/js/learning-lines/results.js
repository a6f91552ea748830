/** What an attempt came to, in words. */

import { locale, t } from "../i18n.js";

/** @import { AttemptOut } from "../types.js" */

/** @type {Array<[number, Intl.RelativeTimeFormatUnit, number]>} up to seconds, unit, its seconds */
const STEPS = [
  [3_600, "minute", 60],
  [86_400, "hour", 3_600],
  [Infinity, "day", 86_400],
];

/** "in 10 minutes" @param {string} iso */
function inTime(iso) {
  const seconds = Math.max(60, (new Date(iso).getTime() - Date.now()) / 1000);
  const [, unit, size] = /** @type {[number, Intl.RelativeTimeFormatUnit, number]} */ (STEPS.find(([limit]) => seconds < limit - 30));
  return new Intl.RelativeTimeFormat(locale()).format(Math.round(seconds / size), unit);
}

/** @param {AttemptOut} done @param {{prompted: boolean, counts: boolean}} help counts: it is no second try */
export function resultText(done, { prompted, counts }) {
  const { rating, wrong, words } = done;
  const back = counts && rating !== null && done.progress ? t("learn.due_back", { when: inTime(done.progress.due_at) }) : "";
  return [verdict(), ...corrections(done), back].filter(Boolean).join(" ");

  function verdict() {
    if (rating === null) return t("learn.result_read", { n: wrong, wrong });
    if (rating === "again") return prompted && wrong === 0 ? t("learn.result_again_prompted") : t("learn.result_again", { wrong, words });
    if (wrong > 0) return t("learn.result_hard", { wrong, words });
    return t(rating === "good" ? "learn.result_good" : "learn.result_helped");
  }
}

/** The words missed and added, a few of each; the line itself shows all. @param {AttemptOut} done */
function corrections({ pieces }) {
  return /** @type {const} */ (["missed", "added"]).map((mark) => {
    const words = pieces.filter((piece) => piece.mark === mark).map(({ text }) => text.trim().replace(/[\s.,;:!?。，；：！？…—]+$/u, ""));
    const shown = words.slice(0, 6).join(t("list.comma"));
    const more = words.length - 6;
    return words.length > 0 && t(`learn.${mark}_words`, { words: more > 0 ? t("learn.further_words", { words: shown, more, all: words.length }) : shown });
  }).filter((each) => each !== false);
}
