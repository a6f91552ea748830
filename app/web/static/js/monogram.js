/** A character's picture, or its initial on a plate whose colour comes from the name. */

import { h } from "./dom.js";

/** The same hue for the same name, everywhere: FNV-1a, spread over the circle. @param {string} name */
export function hueOf(name) {
  let hash = 0x811c9dc5;
  for (const char of name) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return ((hash >>> 0) * 137.508) % 360;
}

/** Props that colour an element and its content by a name. @param {string} name */
export const hued = (name) => ({ data: { hue: "" }, vars: { "--hue": hueOf(name).toFixed(0) } });

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A character's picture, or the monogram of one without. @param {{name: string, avatar: string|null}} character */
export function portrait({ name, avatar }) {
  return avatar ? h("img", { class: "monogram", src: avatar, alt: "", loading: "lazy" }) : monogram(name);
}

/** @param {string} name */
export function monogram(name) {
  const first = segmenter.segment(name.trim())[Symbol.iterator]().next().value?.segment ?? "?";
  return h("span", { class: "monogram", "aria-hidden": "true", ...hued(name) }, first.toLocaleUpperCase());
}
