/** A sentence in which `backticks` or ``two`` set commands and names apart. */

import { h } from "./dom.js";

/** @returns {Array<Node|string>} @param {string} text */
export const codeText = (text) => text.replaceAll("``", "`").split("`").map((part, place) => (place % 2 ? h("code", { class: "command", lang: "en" }, part) : part));
