/** `/characters/{slug}/edit`: an author's own character: who finds it, its pictures, its texts. */

import { get, withQuery } from "../api.js";
import { editForm, sharingPart } from "../admin/edit-page.js";
import { operatorSentences } from "../admin/sentences.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { picturePickers } from "../pictures/picker.js";
import { sharingOf } from "../sharing/panel.js";
import { sharingSentences } from "../sharing/sentences.js";
import { knownStatus } from "../status.js";

/** @import { Params, View } from "../router.js" */
/** @import { CharacterOut } from "../types.js" */

/** @param {Params} params @param {AbortSignal} signal @returns {Promise<View>} */
export async function edit({ slug }, signal) {
  await sharingSentences();
  await operatorSentences();
  const sharing = await sharingOf(slug, signal);
  // Who may change it sees what they have not read yet: else it would be lost on saving.
  /** @type {CharacterOut} */
  const found = await get(withQuery(`/api/characters/${encodeURIComponent(slug)}`, { whole: sharing.may_change }), signal);
  const service = await knownStatus();
  if (!sharing.may_change) {
    return { title: found.name, node: h("div", { class: "view" }, h("div", { class: "blank" }, h("h1", {}, t("mine.not_yours")), h("p", {}, t("mine.not_yours_text", { name: found.name })),
      h("a", { class: "button", href: `/characters/${encodeURIComponent(slug)}` }, t("admin.on_stage")))) };
  }
  return {
    title: t("admin.edit_named", { name: found.name }),
    node: editForm(found, {
      signal,
      back: service.admin_required ? ["/mine", t("mine.title")] : ["/", t("nav.characters")],
      before: [
        service.admin_required && sharingPart(found, sharing),
        h("section", { class: "edit-part" }, h("h2", { class: "admin-heading" }, t("pictures.edit")), picturePickers(found)),
      ],
    }),
  };
}
