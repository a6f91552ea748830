/** Typographic posters: what a character without a picture is announced with. */

import { h } from "../dom.js";
import { languageOf } from "../format.js";
import { hashOf } from "../monogram.js";

/** @import { CharacterOut } from "../types.js" */

/** How the sheet is laid out; css/posters.css has a design for each. */
const COMPOSITIONS = /** @type {const} */ (["spot", "bill", "drape", "voice", "spine"]);

const WIDE = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/;
/** Width of a letter in ems: a CJK character is as wide as high. @param {string} letter */
const widthOf = (letter) => (WIDE.test(letter) ? 1 : 0.56);

/**
 * The sheet of a poster: its title, the character's name and a line of its own.
 * @param {CharacterOut} character
 * @param {Node|null} name what names the character, a heading with its link
 * @param {typeof COMPOSITIONS[number]} [composition]
 */
export function typographicSheet(character, name, composition = COMPOSITIONS[hashOf(character.id) % COMPOSITIONS.length]) {
  const title = character.scripts[0]?.title ?? "";
  const line = signatureOf(character);
  return h("div", { class: `poster poster-type is-${composition}`, vars: { "--fit": nameFit(character.name), "--tall": tallFit(character.name) } },
    title && h("p", { class: "poster-title", lang: languageOf(title, character.language), "aria-hidden": "true" }, title),
    name,
    line && h("p", { class: "poster-line", lang: languageOf(line, character.language), data: { length: lengthOf(line) } }, line));
}

/** Whether a poster of it has more than names to show. @param {CharacterOut} character */
export const hasLine = (character) => signatureOf(character) !== "";

/** What introduces the character in its own words; else in its author's. @param {CharacterOut} character */
function signatureOf({ signature, tagline, greeting, card }) {
  if (signature) return signature;
  if (tagline) return tagline;
  // A card's greeting may hold macros and directions; it is no line to print.
  return card === null ? (/^[^.!?。！？\n]{4,80}[.!?。！？]/.exec(greeting)?.[0] ?? "") : "";
}

/** @param {string} line */
function lengthOf(line) {
  const width = [...line].reduce((sum, letter) => sum + widthOf(letter), 0);
  if (width <= 11) return "short";
  return width <= 22 ? "medium" : "long";
}

/** The name's size in hundredths of the sheet's width, at which its longest word fits. @param {string} name */
function nameFit(name) {
  const isWide = WIDE.test(name);
  const words = isWide ? [name.slice(0, 5)] : name.split(/\s+/);
  const longest = Math.max(...words.map((word) => [...word].reduce((sum, letter) => sum + widthOf(letter), 0)), 1);
  return Math.min(isWide ? 27 : 21, 82 / longest).toFixed(1);
}

/** The same for a name that runs along the sheet's height. @param {string} name */
function tallFit(name) {
  const length = [...name].reduce((sum, letter) => sum + widthOf(letter), 0);
  return Math.min(19, 128 / Math.max(length, 1)).toFixed(1);
}
