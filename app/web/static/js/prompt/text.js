/** A prompt's text, part by part in its own order, set to be read. Not a letter is added or lost. */

import { h } from "../dom.js";
import { languageOf, number } from "../format.js";
import { t } from "../i18n.js";
import { cutText, placeText } from "../scene-place.js";

/** @import { Child } from "../dom.js" */
/** @import { PromptPart } from "../types.js" */
/** @import { Section } from "./kinds.js" */

/** What a layout puts between two examples. */
const SEAM = /^\n-{8,}\n/;
/** White space around a text, which is marked instead of leaving gaps. */
const BREAKS = /^(\n*)([\s\S]*?)(\n*)$/;

/** @param {Section[]} sections of one prompt, in its order */
export function promptText(sections) {
  const parts = sections.flatMap((section) => section.parts);
  return h("div", { class: "prompt-text", role: "group", "aria-label": t("prompt.text") },
    sections.map(({ kind, parts: own, tokens }) => h("section", { class: `part is-${kind}` },
      h("header", { class: "part-head" },
        h("h3", {}, h("span", { class: `swatch is-${kind}`, "aria-hidden": "true" }), t(`prompt.kind.${kind}`)),
        h("p", { class: "part-tokens" }, tokensText(tokens))),
      h("div", { class: "part-pieces" }, own.map((part) => piece(part, parts[parts.indexOf(part) - 1]))))));
}

/** @param {number} tokens */
const tokensText = (tokens) => t("prompt.tokens", { n: tokens, count: number(tokens) });

/** @param {PromptPart} part @param {PromptPart|undefined} before */
function piece(part, before) {
  const seam = SEAM.exec(part.text)?.[0] ?? "";
  const [, opening = "", text = "", closing = ""] = BREAKS.exec(part.text.slice(seam.length)) ?? [];
  return h("div", { class: "part-piece" },
    seam && h("p", { class: "part-seam" }, seam),
    margin(part, before),
    h("p", { class: "part-text", lang: languageOf(text) }, lineBreaks(opening), text, lineBreaks(closing)),
    part.omitted > 0 && h("p", { class: "part-note" }, t("prompt.omitted", { n: part.omitted, count: number(part.omitted) })));
}

/** @param {string} breaks @returns {Child} */
const lineBreaks = (breaks) => breaks && h("span", { class: "part-breaks", data: { marks: "↵".repeat(breaks.length) } }, breaks);

/** What is beside the text, and no part of the prompt. @param {PromptPart} part @param {PromptPart|undefined} before @returns {Child} */
function margin(part, before) {
  const notes = [role(part, before), ...origin(part, before)].filter((note) => note);
  return notes.length > 0 && h("p", { class: "part-note" }, notes.map((note) => h("span", {}, note)));
}

/** Who speaks in a chat message, where it begins. @param {PromptPart} part @param {PromptPart|undefined} before @returns {Child} */
function role({ role: name, message }, before) {
  return name && before?.message !== message && h("span", { class: "tag" }, t(`prompt.role.${name}`));
}

/** @param {PromptPart} part @param {PromptPart|undefined} before @returns {Child[]} */
function origin(part, before) {
  const { kind, name, key, lines, cut } = part;
  const named = name && h("span", { lang: languageOf(name) }, name);
  if (kind === "lore") return [named, key ? t("examples.lore_key", { key }) : t("examples.lore_always")];
  if (kind === "memory") return [named || t("examples.memory_here")];
  const isSame = before?.kind === kind && before.scene === part.scene && before.start === part.start;
  if (kind !== "example" || isSame) return [named];
  return [placeText(part, lines ?? 0), cutText(cut)];
}
