/** One character for its operator. */

import { post } from "../api.js";
import { controlOf, h } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { portrait } from "../monogram.js";
import { indexingProgress } from "../progress.js";
import { rehearsalNote } from "../readiness.js";
import { ownerName } from "../house/owners.js";
import { visibilityBadge } from "../sharing/badge.js";
import { toast } from "../toast.js";
import { characterFiles } from "./files-dialog.js";

/** @import { SentenceKey } from "../i18n.js" */
/** @import { AdminCharacter, CharacterOut } from "../types.js" */

/**
 * @param {AdminCharacter} character
 * @param {{isSelected: boolean, select: (isSelected: boolean) => void, changed: (slug: string, fresh: CharacterOut) => void,
 *   share: (() => void)|null, take: (() => void)|null, discard: () => void}} list
 *   share: null where there is no one to share it with; take: takes it over, null where it is the admin's already
 */
export function characterRow(character, { isSelected, select, changed, share, take, discard }) {
  const { slug, name } = character;
  const path = `/api/admin/characters/${encodeURIComponent(slug)}`;
  /** @param {"publish"|"unpublish"|"reindex"} verb @param {SentenceKey} said */
  const act = (verb, said) => attempt(async () => {
    changed(slug, await post(`${path}/${verb}`));
    toast(t(said, { name }));
  });
  const files = async () => {
    const fresh = await characterFiles(character);
    if (fresh) changed(slug, fresh);
  };
  return h("li", { class: "admin-character" },
    h("label", { class: "admin-select" },
      h("input", { type: "checkbox", name: "selected", checked: isSelected, "aria-label": t("bulk.select_named", { name }), on: { change: (event) => select(controlOf(event).checked) } }),
      portrait(character)),
    h("div", { class: "admin-character-body" },
      h("h3", { lang: languageOf(name) }, h("a", { href: `/characters/${encodeURIComponent(slug)}` }, name), " ", state(character)),
      share && h("p", { class: "field-hint" }, t("owner.owned", { owner: ownerName(character.owner) }),
        character.visibility === "link" && character.guests > 0 && [" · ", t("sharing.guests", { n: character.guests })]),
      h("p", { class: "field-hint" }, h("bdi", {}, slug), " · ", t("admin.usage", {
        examples: character.examples, conversations: character.conversations, messages: character.messages,
      })),
      character.status === "indexing" && indexingProgress(character.progress),
      rehearsalNote(character),
      character.status === "failed" && h("p", { class: "field-error" }, h("span", { lang: "en" }, character.error))),
    h("div", { class: "admin-tools" },
      h("a", { class: "button button-plain", href: `/admin/characters/${encodeURIComponent(slug)}/edit`, "aria-label": t("admin.edit_named", { name }) }, t("chat.edit")),
      h("a", { class: "button button-plain", href: `/admin/characters/${encodeURIComponent(slug)}`, "aria-label": t("admin.choosing_named", { name }) }, t("admin.choosing")),
      character.published
        ? button(t("admin.unpublish"), () => act("unpublish", "admin.unpublished"), t("admin.unpublish_named", { name }))
        : button(t("admin.publish"), () => act("publish", "admin.published_done"), t("admin.publish_named", { name })),
      share && h("button", { class: "button button-plain admin-share", type: "button", "aria-label": t("mine.share_named", { name }), on: { click: share } }, t("mine.share")),
      take && h("button", { class: "button button-plain admin-take", type: "button", "aria-label": t("owner.take_named", { name }), on: { click: take } }, t("owner.take")),
      button(t("admin.files"), files, t("admin.files_named", { name })),
      button(t("admin.reindex"), () => act("reindex", "admin.reindexing"), t("admin.reindex_named", { name })),
      button(t("chat.delete"), discard, t("admin.delete_named", { name }))));
}

/** @param {AdminCharacter} character */
function state(character) {
  const badge = character.status === "ready" && visibilityBadge(character);
  return badge || h("span", { class: character.status === "failed" ? "tag tag-failed" : "tag" }, t(`status.${character.status}`));
}

/** @param {string} label @param {() => unknown} run @param {string} name */
const button = (label, run, name) => h("button", { class: "button button-plain", type: "button", "aria-label": name, on: { click: run } }, label);

/** @param {() => Promise<void>} work */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    toast(explain(error));
  }
}
