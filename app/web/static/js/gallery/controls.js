/** What is looked for in the gallery: words, an order, a tag, favourites. */

import { controlOf, fill, h, uniqueId } from "../dom.js";
import { languageOf } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { lasting } from "../storage.js";
import { debounce } from "../timing.js";

/** @import { CharacterOut } from "../types.js" */

/** @typedef {"newest"|"name"|"talked"} Order */
/** @typedef {{q: string, sort: Order, tag: string, favourites: boolean}} Wanted */

/** @type {Order[]} */
const ORDERS = ["newest", "name", "talked"];
const MOST_TAGS = 14;

/** What the address and the last visit ask for. @returns {Wanted} */
export function wantedAtFirst() {
  const query = new URLSearchParams(location.search);
  return {
    q: query.get("q") ?? "",
    tag: query.get("tag") ?? "",
    favourites: query.has("favourites"),
    sort: ORDERS.find((order) => order === lasting.get("gallery-order")) ?? "newest",
  };
}

/**
 * @param {Wanted} wanted changed in place
 * @param {() => void} changed
 */
export function controls(wanted, changed) {
  const sought = debounce(changed, 200);
  const id = uniqueId("search");
  const search = h("div", { class: "search", role: "search" },
    h("label", { class: "visually-hidden", for: id }, t("gallery.search")),
    h("input", {
      class: "input", id, type: "search", placeholder: t("gallery.search"), value: wanted.q, maxlength: 200,
      on: { input: (event) => {
        wanted.q = controlOf(event).value.trim();
        sought();
      } },
    }));
  return h("div", { class: "gallery-controls" }, search, orderChoice(wanted, changed), favouritesOnly(wanted, changed));
}

/** @param {Wanted} wanted @param {() => void} changed */
function orderChoice(wanted, changed) {
  const choose = (/** @type {Event} */ event) => {
    wanted.sort = ORDERS.find((order) => order === controlOf(event).value) ?? "newest";
    lasting.set("gallery-order", wanted.sort);
    changed();
  };
  return h("select", { class: "input order", "aria-label": t("gallery.order"), on: { change: choose } },
    ORDERS.map((order) => h("option", { value: order, selected: order === wanted.sort }, t(`order.${order}`))));
}

/** @param {Wanted} wanted @param {() => void} changed */
function favouritesOnly(wanted, changed) {
  const button = h("button", { class: "button heart-filter", type: "button", "aria-pressed": String(wanted.favourites) }, icon("heart"), t("favourites.only"));
  button.addEventListener("click", () => {
    wanted.favourites = !wanted.favourites;
    button.setAttribute("aria-pressed", String(wanted.favourites));
    changed();
  });
  return button;
}

/**
 * The tags of the characters that are shown, the most frequent first.
 * @param {HTMLElement} box
 * @param {CharacterOut[]} cast
 * @param {Wanted} wanted
 * @param {() => void} changed
 */
export function drawTags(box, cast, wanted, changed) {
  /** @type {Map<string, number>} */
  const counts = new Map(wanted.tag ? [[wanted.tag, Infinity]] : []);
  for (const tag of cast.flatMap((character) => character.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const tags = [...counts.keys()].sort((one, other) => (counts.get(other) ?? 0) - (counts.get(one) ?? 0)).slice(0, MOST_TAGS);
  const focused = box.contains(document.activeElement) ? document.activeElement?.textContent : null;
  fill(box, tags.map((tag) => h("button", {
    class: "chip", type: "button", lang: languageOf(tag), "aria-pressed": String(tag === wanted.tag),
    on: { click: () => {
      wanted.tag = tag === wanted.tag ? "" : tag;
      changed();
    } },
  }, tag)));
  box.hidden = tags.length === 0;
  for (const chip of box.querySelectorAll("button")) if (chip.textContent === focused) chip.focus();
}
