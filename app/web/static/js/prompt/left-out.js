/** What was found for a prompt and is not in it: counted by reason, its text folded away. */

import { h } from "../dom.js";
import { languageOf, number } from "../format.js";
import { t } from "../i18n.js";
import { placeText } from "../scene-place.js";
import { scriptPage, splitLine } from "../script-page.js";

/** @import { LeftOut, LeftOutCount, ReplyPrompt } from "../types.js" */

const SPOKEN = new Set(["example", "memory", "witnessed"]);
const BY_LINE = new Set(["last_exchange", "too_long", "summarized"]);

/** @param {ReplyPrompt} prompt @param {Set<string>} own the character's names */
export function leftOut({ left_out: items, left_out_counts: counts }, own) {
  return h("section", { class: "left-out" },
    h("h3", { class: "eyebrow" }, t("prompt.left_out")),
    counts.length === 0
      ? h("p", { class: "field-hint" }, t("prompt.left_out_none"))
      : counts.map((count) => group(count, items.filter(({ kind, reason }) => kind === count.kind && reason === count.reason), own)));
}

/** @param {LeftOutCount} count @param {LeftOut[]} items @param {Set<string>} own */
function group({ kind, reason, number: n }, items, own) {
  const what = t(BY_LINE.has(reason) ? `prompt.lines.${kind === "history" ? "history" : "example"}` : `prompt.items.${kind}`, { n, count: number(n) });
  const why = t(`prompt.reason.${reason}`);
  const head = [h("strong", {}, what), " ", h("span", { class: "left-out-why" }, why)];
  if (items.length === 0) return h("p", { class: "left-out-group" }, head);
  const unlisted = BY_LINE.has(reason) ? 0 : n - items.length;
  return h("details", { class: "left-out-group" },
    h("summary", {}, h("span", {}, head)),
    h("ol", { class: "sides" }, items.map((item) => side(item, own))),
    unlisted > 0 && h("p", { class: "field-hint" }, t("prompt.unlisted", { n: unlisted, count: number(unlisted) })));
}

/** @param {LeftOut} item @param {Set<string>} own */
function side(item, own) {
  const { kind, reason, lines, more, name } = item;
  const place = kind === "example" && placeText(item, lines.length + more);
  const rest = more > 0 && h("p", { class: "field-hint" }, t(reason === "last_exchange" ? "prompt.more_before" : "prompt.more_after", { n: more, count: number(more) }));
  const text = SPOKEN.has(kind)
    ? scriptPage(lines.map(splitLine), own)
    : h("p", { class: "side-lore", lang: languageOf(lines[0] ?? "") }, lines.join("\n"));
  return h("li", { class: "side is-dropped" },
    (place || name) && h("p", { class: "side-score" }, place && h("span", {}, place), name && h("span", { lang: languageOf(name) }, name)),
    reason === "last_exchange" ? [rest, text] : [text, rest]);
}
