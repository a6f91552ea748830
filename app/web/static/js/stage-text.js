/** Speech with its stage directions set apart: （…）, (...) and *…*. */

import { h } from "./dom.js";

/** A half-width bracket glued to a word, as in `print(1)`, is no stage direction. */
const DIRECTION = /（[^（）]*）|(?<![a-z0-9_])\([^()\n]*\)|\*(?![\s*])[^*\n]*[^\s*]\*/gi;

/** @returns {Array<Node|string>} @param {string} text */
export function stageText(text) {
  /** @type {Array<Node|string>} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(DIRECTION)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(h("span", { class: "direction" }, match[0].replace(/^\*|\*$/g, "")));
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/**
 * A line's words with its directions; one that the text has already is not repeated.
 * @param {{text: string, direction?: string|null}} line @returns {Array<Node|string>}
 */
export function spokenText({ text, direction }) {
  // Several directions are listed with commas; in the text each has brackets of its own.
  const isShown = !direction || direction.split(", ").every((each) => text.includes(each));
  return [...(isShown ? [] : [h("span", { class: "direction" }, `(${direction}) `)]), ...stageText(text)];
}
