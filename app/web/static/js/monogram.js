/** A character's picture, or its initial on a plate whose colour comes from the name. */

import { h } from "./dom.js";

/** A number for a text, the same everywhere: FNV-1a. @param {string} text */
export function hashOf(text) {
  let hash = 0x811c9dc5;
  for (const char of text) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash >>> 0;
}

/** The same hue for the same name, everywhere, spread over the circle. @param {string} name */
export const hueOf = (name) => (hashOf(name) * 137.508) % 360;

/** A picture's address, for the size it is shown in. @param {string} address @param {"small"|"large"} size */
export const sized = (address, size) => `${address}${address.includes("?") ? "&" : "?"}size=${size}`;

/** Props that colour an element and its content by a name. @param {string} name */
export const hued = (name) => ({ data: { hue: "" }, vars: { "--hue": hueOf(name).toFixed(0) } });

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A character's picture, or the monogram of one without. @param {{name: string, avatar: string|null}} character */
export function portrait({ name, avatar }) {
  return avatar ? h("img", { class: "monogram", src: sized(avatar, "small"), alt: "", loading: "lazy" }) : monogram(name);
}

/** @param {string} name */
export function monogram(name) {
  const first = segmenter.segment(name.trim())[Symbol.iterator]().next().value?.segment ?? "?";
  return h("span", { class: "monogram", "aria-hidden": "true", ...hued(name) }, first.toLocaleUpperCase());
}
