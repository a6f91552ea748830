/** What an adapter's card says, as a list of terms: whatever the training wrote into it. */

import { h } from "../dom.js";
import { bytes, number } from "../format.js";
import { t } from "../i18n.js";

/** @import { Child } from "../dom.js" */
/** @import { AdapterOut } from "../types.js" */

const MOST_ITEMS = 12;
const DEEPEST = 3;

/** @param {AdapterOut} adapter */
export function dataCard({ card, files }) {
  return h("div", { class: "adapter-terms" },
    terms(card, 0),
    h("dl", {},
      h("dt", {}, t("adapters.files")),
      h("dd", {}, h("ul", {}, files.map((file) => h("li", { lang: "en" }, file.name, ` · ${bytes(file.size)} · `, h("code", {}, file.sha256.slice(0, 16))))))));
}

/** @param {Record<string, unknown>} object @param {number} depth */
function terms(object, depth) {
  return h("dl", {}, Object.entries(object).filter(([, value]) => !isEmpty(value)).map(([name, value]) => [
    h("dt", { lang: "en" }, name.replaceAll("_", " ")),
    h("dd", { lang: "en" }, shown(value, depth + 1)),
  ]));
}

/** @param {unknown} value @param {number} depth @returns {Child} */
function shown(value, depth) {
  if (Array.isArray(value)) return items(value, depth);
  if (value !== null && typeof value === "object") {
    return depth > DEEPEST ? JSON.stringify(value) : terms(/** @type {Record<string, unknown>} */ (value), depth);
  }
  return typeof value === "number" ? figure(value) : String(value);
}

/** @param {unknown[]} values @param {number} depth */
function items(values, depth) {
  const more = values.length - MOST_ITEMS;
  return h("ul", {},
    values.slice(0, MOST_ITEMS).map((value) => h("li", {}, typeof value === "object" && value !== null ? line(value) : shown(value, depth))),
    more > 0 && h("li", {}, t("adapters.more", { n: number(more) })));
}

/** An object in a list: its values alone. @param {object} value */
const line = (value) => Object.values(value).filter((each) => !isEmpty(each)).map((each) => (typeof each === "object" ? JSON.stringify(each) : String(each))).join(" · ");

/** Small settings such as a learning rate keep their digits. @param {number} value */
const figure = (value) => (Number.isInteger(value) ? number(value) : String(Number(value.toPrecision(4))));

/** @param {unknown} value */
function isEmpty(value) {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
