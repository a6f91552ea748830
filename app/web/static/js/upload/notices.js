/** Progress while something is sent, and the error when it was refused. */

import { fill, h } from "../dom.js";
import { languageOf, percent } from "../format.js";
import { meter } from "../progress.js";

/** @import { Child } from "../dom.js" */

/** @param {string} text */
export const complaint = (text) => h("p", { class: "notice notice-bad", role: "alert", lang: languageOf(text) }, text);

/**
 * Real progress while bytes travel; then the words change, as the time that parsing takes is unknown.
 * @param {string} sending
 * @param {string} working
 */
export function progressBar(sending, working) {
  const node = h("div", { role: "status" });
  /** @param {number} share */
  const update = (share) => fill(node, meter(share, sending), h("p", { class: "progress-text" }, share < 1 ? `${sending} ${percent(share)}` : working));
  update(0);
  return { node, update };
}

/**
 * A numbered part of the way from file to character.
 * @param {string} number
 * @param {string} heading
 * @param {...Child} content
 */
export function act(number, heading, ...content) {
  return h("section", { class: "act" },
    h("h2", { class: "act-title" }, h("span", { class: "act-number" }, number), " ", heading),
    ...content);
}

/**
 * What a file has that is left out or has no effect, as the service says it.
 * @param {string[]} warnings
 */
export function warningList(warnings) {
  if (warnings.length === 0) return null;
  return h("div", { class: "notice", lang: "en" }, h("ul", {}, warnings.map((warning) => h("li", {}, warning))));
}
