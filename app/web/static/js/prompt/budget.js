/** How a prompt fills the model's context: a bar in the prompt's order, and its legend. */

import { h } from "../dom.js";
import { number, percent } from "../format.js";
import { t } from "../i18n.js";

/** @import { Child } from "../dom.js" */
/** @import { PromptPart, ReplyPrompt } from "../types.js" */
/** @import { Section } from "./kinds.js" */

/** @param {ReplyPrompt} prompt @param {Section[]} sections */
export function budget(prompt, sections) {
  const { room, outline } = prompt;
  const free = Math.max(0, room.context - room.reply - outline.tokens);
  /** @param {string} kind @param {number} tokens */
  const piece = (kind, tokens) => h("span", { class: `room-piece is-${kind}`, vars: { "--share": tokens / room.context } });
  const used = t("prompt.room_used", { used: number(outline.tokens), context: number(room.context) });
  return h("section", { class: "room" },
    h("h3", { class: "eyebrow" }, t("prompt.room")),
    h("div", { class: "room-bar", role: "img", "aria-label": used },
      sections.map(({ kind, tokens }) => piece(kind, tokens)),
      piece("free", free), piece("kept", room.reply)),
    h("dl", { class: "room-legend" },
      [...totals(sections)].map(([kind, tokens]) => entry(kind, t(`prompt.kind.${kind}`), tokens)),
      entry("free", t("prompt.free"), free),
      entry("kept", t("prompt.kept"), room.reply)),
    h("p", { class: "room-text" }, used, " ", cached(prompt)));
}

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

/** What the engine says of its own count and its cache. @param {ReplyPrompt} prompt @returns {Child} */
function cached({ usage }) {
  if (!usage) return t("prompt.uncounted");
  const { prompt_tokens: all, cached_tokens: kept } = usage;
  const counted = t("prompt.counted", { n: all, count: number(all) });
  if (kept === null) return [counted, " ", t("prompt.cached_unknown")];
  const share = percent(all > 0 ? kept / all : 0);
  return [counted, " ", t("prompt.cached", { n: kept, count: number(kept), share })];
}
