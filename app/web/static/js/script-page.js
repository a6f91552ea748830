/** Lines laid out as a printed play: names in the margin, the character's part marked. */

import { h } from "./dom.js";
import { languageOf } from "./format.js";
import { spokenText } from "./stage-text.js";

/** "Bev: Right." → its speaker and text; either colon separates, as in scripts. @param {string} line */
export function splitLine(line) {
  const match = /^([^:：\n]{1,80})[:：]\s*([\s\S]*)$/.exec(line);
  return match ? { speaker: match[1], text: match[2] } : { speaker: "", text: line };
}

/**
 * @param {Array<{speaker: string, text: string, direction?: string|null}>} lines
 * @param {Set<string>} own names whose lines are the character's part
 */
export function scriptPage(lines, own = new Set()) {
  return h("dl", { class: "play" }, lines.map((line) => playLine(line, own.has(line.speaker))));
}

/** @param {{speaker: string, text: string, direction?: string|null}} line @param {boolean} isOwn */
function playLine({ speaker, text, direction }, isOwn) {
  return h("div", { class: isOwn ? "play-line is-own" : "play-line", lang: languageOf(text) },
    h("dt", { class: "play-speaker" }, speaker),
    h("dd", { class: "play-text" }, h("span", { class: "play-words" }, spokenText({ text, direction }))));
}
