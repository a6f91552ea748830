/** Posters in companies: the characters of one script together. */

import { h, reconcile } from "../dom.js";
import { languageOf } from "../format.js";
import { language, t } from "../i18n.js";
import { sized } from "../monogram.js";
import { apartFromNote, refreshNotes } from "../readiness.js";
import { poster } from "./poster.js";

/** @import { CharacterOut } from "../types.js" */
/** @import { FavouriteList } from "./favourites.js" */

/** @typedef {{key: string, title: string, backdrop: string|null, members: CharacterOut[]}} Company */

/** The key of those who came alone, with a card. */
const GUESTS = "guests";

/**
 * Companies by script, in the order in which their first members come.
 * @param {CharacterOut[]} cast
 * @returns {Company[]}
 */
export function companiesOf(cast) {
  /** @type {Map<string, Company>} */
  const found = new Map();
  for (const character of cast) {
    const script = character.card === null ? character.scripts[0] : undefined;
    const key = script?.id ?? GUESTS;
    const company = found.get(key) ?? { key, title: script?.title ?? "", backdrop: null, members: [] };
    if (script) company.backdrop ??= character.backdrop;
    company.members.push(character);
    found.set(key, company);
  }
  return [...found.values()];
}

/**
 * Makes `box` show the cast; what did not change keeps its nodes.
 * @param {HTMLElement} box
 * @param {CharacterOut[]} cast
 * @param {FavouriteList} favourites
 */
export function drawCompanies(box, cast, favourites) {
  const companies = companiesOf(cast);
  reconcile(box, companies.map((each) => ({
    key: each.key, signature: JSON.stringify([each.title, each.backdrop, language()]), render: () => company(each),
  })));
  companies.forEach(({ members }, at) => {
    const list = box.children[at].querySelector("ul");
    if (list) reconcile(list, members.map((member) => ({
      key: member.slug,
      signature: JSON.stringify([apartFromNote(member), language()]),
      render: () => poster(member, favourites),
    })));
  });
  refreshNotes(box, cast);
}

/** @param {Company} company */
function company({ key, title, backdrop }) {
  const id = `company-${key}`;
  return h("section", { class: "company", "aria-labelledby": id },
    h("div", { class: "company-head" },
      backdrop && h("img", {
        class: "company-backdrop", src: sized(backdrop, "small"), alt: "", loading: "lazy", decoding: "async",
        srcset: `${sized(backdrop, "small")} 800w, ${sized(backdrop, "large")} 1920w`, sizes: "(width > 72rem) 72rem, 100vw",
      }),
      h("h2", { id, class: "company-name" }, key === GUESTS ? t("gallery.guests") : companyName(title))),
    h("ul", { class: "cast" }));
}

/** "The company of" a title, which is in its own language. @param {string} title */
function companyName(title) {
  const [before, after] = t("gallery.company", { title: "\n" }).split("\n");
  // Chinese sets the title's marks itself; English leaves them to the title's language.
  const name = h(language() === "zh" ? "span" : "cite", { lang: languageOf(title) }, title);
  return [before, name, after];
}
