/** One of one's own characters, with what can be done with it. */

import { h } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { learningFailure } from "../learning-failure.js";
import { portrait } from "../monogram.js";
import { indexingProgress } from "../progress.js";
import { rehearsalNote } from "../readiness.js";
import { visibilityBadge } from "./badge.js";

/** @import { AdminCharacter } from "../types.js" */

/** @param {AdminCharacter} character @param {{share: () => void, files: () => void, discard: () => void}} acts */
export function ownRow(character, { share, files, discard }) {
  const { slug, name } = character;
  const address = `/characters/${encodeURIComponent(slug)}`;
  return h("li", { class: "own-character" },
    portrait(character),
    h("div", { class: "own-body" },
      h("h2", { lang: languageOf(name, character.language) }, h("a", { href: address }, name), " ",
        visibilityBadge(character) ?? h("span", { class: "tag tag-good" }, t("visibility.published"))),
      h("p", { class: "field-hint" }, t("mine.talked", { conversations: character.conversations, messages: character.messages }),
        character.visibility === "link" && [" · ", character.guests ? t("sharing.guests", { n: character.guests }) : t("sharing.guests_none")]),
      character.status === "indexing" && indexingProgress(character.progress),
      rehearsalNote(character),
      character.status === "failed" && h("p", { class: "field-error" }, learningFailure(character))),
    h("div", { class: "own-tools" },
      h("button", { class: "button own-share", type: "button", "aria-label": t("mine.share_named", { name }), on: { click: share } }, t("mine.share")),
      h("a", { class: "button button-plain", href: `${address}/edit`, "aria-label": t("mine.edit_named", { name }) }, t("chat.edit")),
      h("button", { class: "button button-plain own-files", type: "button", "aria-label": t("admin.files_named", { name }), on: { click: files } }, t("mine.files")),
      h("button", { class: "button button-plain", type: "button", "aria-label": t("admin.delete_named", { name }), on: { click: discard } }, t("chat.delete"))));
}
