/** What a prompt is made of and how it fills the model's context: two bars, and their legend. */

import { h } from "../dom.js";
import { number, percent } from "../format.js";
import { t } from "../i18n.js";

/** @import { PromptPart, ReplyPrompt } from "../types.js" */
/** @import { Section } from "./kinds.js" */

/** @param {ReplyPrompt} prompt @param {Section[]} sections */
export function budget(prompt, sections) {
  const { room, outline, usage } = prompt;
  const free = Math.max(0, room.context - room.reply - outline.tokens);
  const used = t("prompt.room_used", { used: number(outline.tokens), context: number(room.context) });
  const kept = usage?.cached_tokens ? usage.cached_tokens / usage.prompt_tokens : 0;
  return h("section", { class: "room" },
    h("h3", { class: "eyebrow" }, t("prompt.room")),
    h("div", { class: "room-bar", role: "img", "aria-label": t("prompt.made_of") }, sections.map(({ kind, tokens }) => piece(kind, tokens, outline.tokens))),
    kept > 0 && h("div", { class: "room-cached", "aria-hidden": "true", vars: { "--share": kept } }),
    h("dl", { class: "room-legend" }, [...totals(sections)].map(([kind, tokens]) => entry(kind, t(`prompt.kind.${kind}`), tokens))),
    h("div", { class: "room-bar is-context", role: "img", "aria-label": used }, piece("used", outline.tokens, room.context), piece("free", free, room.context), piece("kept", room.reply, room.context)),
    h("dl", { class: "room-legend" },
      entry("used", t("prompt.used"), outline.tokens), entry("free", t("prompt.free"), free), entry("kept", t("prompt.kept"), room.reply)),
    h("p", { class: "room-text" }, [used, ...cached(prompt)].map((sentence) => h("span", {}, sentence))));
}

/** @param {string} kind @param {number} tokens @param {number} all */
const piece = (kind, tokens, all) => h("span", { class: `room-piece is-${kind}`, vars: { "--share": tokens / Math.max(1, all) } });

/** @param {Section[]} sections */
function totals(sections) {
  /** @type {Map<PromptPart["kind"], number>} */
  const sums = new Map();
  sections.forEach(({ kind, tokens }) => sums.set(kind, (sums.get(kind) ?? 0) + tokens));
  return sums;
}

/** @param {string} kind @param {string} name @param {number} tokens */
const entry = (kind, name, tokens) => h("div", {},
  h("dt", {}, h("span", { class: `swatch is-${kind}`, "aria-hidden": "true" }), name), h("dd", {}, number(tokens)));

/** What the engine says of its own count and its cache, in sentences. @param {ReplyPrompt} prompt */
function cached({ usage }) {
  if (!usage) return [t("prompt.uncounted")];
  const { prompt_tokens: all, cached_tokens: kept } = usage;
  const counted = t("prompt.counted", { n: all, count: number(all) });
  if (kept === null) return [counted, t("prompt.cached_unknown")];
  const share = percent(all > 0 ? kept / all : 0);
  return [counted, t("prompt.cached", { n: kept, count: number(kept), share })];
}
