/** Text that grows while it is read: what stands already is left alone, so nothing flickers. */

import { h } from "../dom.js";
import { markdown } from "./markdown.js";

const BLOCKS = new Set(["P", "UL", "OL", "LI", "BLOCKQUOTE", "PRE", "CODE"]);

/** @param {Element} box @param {string} text as far as it has come */
export function showGrowing(box, text) {
  const fresh = h("div", {}, markdown(settled(text)));
  innermost(fresh).append(h("span", { class: "caret" }));
  morph(box, fresh);
}

/**
 * The text with its last emphasis closed, as it will be: two stars that turn into bold letters
 * half a second later would make the line jump.
 * @param {string} text
 */
export function settled(text) {
  const start = text.lastIndexOf("\n") + 1;
  const before = text.slice(0, start);
  const inCode = (before.match(/^ {0,3}```/gm)?.length ?? 0) % 2 === 1;
  const newest = text.slice(start);
  if (inCode || newest.startsWith("```")) return before + newest.replace(/^`{1,2}$/, "");
  const last = newest.replace(/[*`]+$/, "");
  /** @type {string[]} */
  const open = [];
  for (const { 0: mark, index } of last.matchAll(/`|\*{1,3}/g)) {
    if (open.at(-1) === mark) open.pop();
    else if (open.at(-1) !== "`" && /\S/.test(last[index + mark.length] ?? "")) open.push(mark);
  }
  const body = last.trimEnd();
  return before + (open.length > 0 ? body + open.reverse().join("") : last);
}

/** Where the next letter will stand. @param {Element} root @returns {Element} */
function innermost(root) {
  const last = root.lastChild;
  return last instanceof Element && BLOCKS.has(last.tagName) ? innermost(last) : root;
}

/** Gives `box` the children of `fresh`, keeping every node that is the same. @param {Element} box @param {Element} fresh */
export function morph(box, fresh) {
  let place = box.firstChild;
  for (const node of [...fresh.childNodes]) {
    if (!place) {
      box.append(node);
    } else if (isSame(place, node)) {
      if (place instanceof Text) grow(place, node.textContent ?? "");
      else if (place instanceof Element && node instanceof Element) morph(place, node);
      place = place.nextSibling;
    } else {
      place.replaceWith(node);
      place = node.nextSibling;
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** Alike but for what is inside. @param {Node} one @param {Node} other */
const isSame = (one, other) => (one instanceof Text ? other instanceof Text : one.cloneNode(false).isEqualNode(other.cloneNode(false)));

/** Appends where it can: a selection in the text then survives. @param {Text} text @param {string} whole */
function grow(text, whole) {
  if (whole.startsWith(text.data)) text.appendData(whole.slice(text.data.length));
  else text.data = whole;
}
