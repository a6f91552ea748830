/** A company to choose from: the characters of one script, each a portrait to tap, and all of them at once. */

import { h } from "../dom.js";
import { languageOf } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { hued, portrait, sized } from "../monogram.js";

/** @import { Company } from "../gallery/companies.js" */
/** @import { CharacterOut } from "../types.js" */

/** Characters that a stage has room for. */
export const MOST = 8;

/**
 * @param {Company} company
 * @param {{toggle: (some: CharacterOut[]) => void, chosen: () => CharacterOut[]}} acts
 */
export function companyRow({ key, title, members }, { toggle, chosen }) {
  const id = `opening-${key}`;
  const first = members.slice(0, MOST);
  const all = members.length > MOST ? t("opening.company_some", { n: MOST }) : t("opening.company");
  const name = title || t("gallery.guests");
  /** @type {HTMLButtonElement} */
  const whole = h("button", { class: "button", type: "button", "aria-pressed": "false", "aria-label": t("opening.company_named", { title: name }), on: { click: () => toggle(first) } }, icon("wings"), all);
  const tiles = members.map((each) => tile(each, () => toggle([each])));
  const node = h("section", { class: "opening-company", "aria-labelledby": id },
    h("div", { class: "opening-company-head" },
      h("h2", { id, lang: languageOf(name) }, name), members.length > 1 && whole),
    h("ul", { class: "tiles" }, tiles.map((each) => each.node)));
  const draw = () => {
    const on = chosen();
    members.forEach((each, at) => tiles[at].press(on.indexOf(each), on.length));
    whole.setAttribute("aria-pressed", String(first.every((each) => on.includes(each))));
  };
  /** @param {string} words @returns {boolean} whether any is shown */
  const filter = (words) => {
    const shown = members.map((each) => [each.name, each.tagline, ...each.aliases, title].some((text) => text.toLowerCase().includes(words)));
    tiles.forEach((each, at) => { each.node.hidden = !shown[at]; });
    node.hidden = !shown.includes(true);
    return !node.hidden;
  };
  return { node, draw, filter };
}

/** @param {CharacterOut} character @param {() => void} toggle */
function tile(character, toggle) {
  const { name, avatar, tagline } = character;
  const mark = h("span", { class: "tile-mark", "aria-hidden": "true" });
  const button = h("button", { class: "tile", type: "button", "aria-pressed": "false", on: { click: toggle } },
    h("span", { class: "tile-picture" }, avatar ? h("img", { src: sized(avatar, "small"), alt: "", loading: "lazy", decoding: "async" }) : portrait(character)),
    h("span", { class: "tile-name", lang: languageOf(name) }, name),
    tagline && h("span", { class: "tile-tagline", lang: languageOf(tagline) }, tagline),
    mark);
  const node = h("li", { ...hued(name) }, button);
  /** @param {number} place among the chosen; -1: not chosen @param {number} count of the chosen */
  const press = (place, count) => {
    button.setAttribute("aria-pressed", String(place >= 0));
    mark.textContent = place >= 0 ? String(place + 1) : "";
    button.classList.toggle("is-shut", place < 0 && count >= MOST);
  };
  return { node, press };
}
