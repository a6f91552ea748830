/** A character in the gallery: a poster with its picture, or a typographic one, and a caption. */

import { h } from "../dom.js";
import { languageOf } from "../format.js";
import { language, t } from "../i18n.js";
import { languageName } from "../language-name.js";
import { hued, sized } from "../monogram.js";
import { indexingProgress } from "../progress.js";
import { rehearsalNote } from "../readiness.js";
import { visibilityBadge } from "../sharing/badge.js";
import { typographicSheet } from "./compositions.js";

/** @import { CharacterOut } from "../types.js" */
/** @import { FavouriteList } from "./favourites.js" */

/** @param {CharacterOut} character @param {FavouriteList} favourites */
export function poster(character, favourites) {
  return h("li", { class: `card is-${character.status}`, ...hued(character.name) },
    character.avatar ? pictureSheet(character.avatar, nameOf(character)) : typographicSheet(character, nameOf(character)),
    favourites.heart(character),
    h("div", { class: "card-body" },
      (character.avatar || character.signature) && character.tagline && h("p", { class: "card-tagline", lang: languageOf(character.tagline, character.language) }, character.tagline),
      h("p", { class: "card-meta" }, facts(character)),
      character.status === "indexing" && indexingProgress(character.progress),
      rehearsalNote(character),
      character.status === "failed" && h("p", { class: "card-failed" }, h("span", { class: "tag tag-failed" }, t("status.failed")), " ", t("character.failed"))));
}

/** @param {CharacterOut} character */
function nameOf({ name, slug, language: spoken }) {
  return h("h3", { class: "poster-name", lang: languageOf(name, spoken) },
    h("a", { href: `/characters/${encodeURIComponent(slug)}` }, name));
}

/** @param {string} avatar @param {Node} name */
function pictureSheet(avatar, name) {
  return h("div", { class: "poster poster-picture" },
    h("img", { src: sized(avatar, "small"), alt: "", loading: "lazy", decoding: "async" }), name);
}

/** @param {CharacterOut} character */
function facts(character) {
  /** @type {Array<string|HTMLElement>} */
  const parts = [];
  if (character.language !== language()) parts.push(languageName(character.language));
  if (character.status === "ready" && character.lines > 0) parts.push(t("character.line_count", { n: character.lines }));
  const badge = visibilityBadge(character);
  if (badge) parts.push(badge);
  return parts.map((part) => h("span", {}, part));
}
