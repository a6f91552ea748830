/** One character for its operator. */

import { get, post, remove } from "../api.js";
import { confirm } from "../dialogs.js";
import { h } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { portrait } from "../monogram.js";
import { indexingProgress } from "../progress.js";
import { rehearsalNote } from "../readiness.js";
import { toast } from "../toast.js";
import { editCharacter } from "./edit-dialog.js";
import { characterFiles } from "./files-dialog.js";

/** @import { SentenceKey } from "../i18n.js" */
/** @import { AdminCharacter, CharacterOut, Deletion } from "../types.js" */

/**
 * @param {AdminCharacter} character
 * @param {{changed: (slug: string, fresh: CharacterOut) => void, gone: (slug: string) => void}} list
 */
export function characterRow(character, { changed, gone }) {
  const { slug, name } = character;
  const path = `/api/admin/characters/${encodeURIComponent(slug)}`;
  /** @param {"publish"|"unpublish"|"reindex"} verb @param {SentenceKey} said */
  const act = (verb, said) => attempt(async () => {
    changed(slug, await post(`${path}/${verb}`));
    toast(t(said, { name }));
  });
  const edit = async () => {
    const fresh = await editCharacter(character, path);
    if (fresh) changed(slug, fresh);
  };
  const files = async () => {
    const fresh = await characterFiles(character);
    if (fresh) changed(slug, fresh);
  };
  const discard = () => attempt(async () => {
    /** @type {Deletion} */
    const deletion = await get(`${path}/deletion`);
    const sure = await confirm({ title: t("admin.delete_title", { name }), body: whatGoes(deletion), action: t("chat.delete"), danger: true });
    if (!sure) return;
    await remove(path);
    gone(slug);
  });
  return h("li", { class: "admin-character" },
    portrait(character),
    h("div", { class: "admin-character-body" },
      h("h3", { lang: languageOf(name) }, h("a", { href: `/characters/${encodeURIComponent(slug)}` }, name), " ", state(character)),
      h("p", { class: "field-hint" }, `${slug} · ${t("admin.usage", {
        examples: character.examples, conversations: character.conversations, messages: character.messages,
      })}`),
      character.status === "indexing" && indexingProgress(character.progress),
      rehearsalNote(character),
      character.status === "failed" && h("p", { class: "field-error" }, h("span", { lang: "en" }, character.error))),
    h("div", { class: "admin-tools" },
      button(t("chat.edit"), edit, t("admin.edit_named", { name })),
      h("a", { class: "button button-plain", href: `/admin/characters/${encodeURIComponent(slug)}`, "aria-label": t("admin.choosing_named", { name }) }, t("admin.choosing")),
      character.published
        ? button(t("admin.unpublish"), () => act("unpublish", "admin.unpublished"), t("admin.unpublish_named", { name }))
        : button(t("admin.publish"), () => act("publish", "admin.published_done"), t("admin.publish_named", { name })),
      button(t("admin.files"), files, t("admin.files_named", { name })),
      button(t("admin.reindex"), () => act("reindex", "admin.reindexing"), t("admin.reindex_named", { name })),
      button(t("chat.delete"), discard, t("admin.delete_named", { name }))));
}

/** @param {AdminCharacter} character */
function state(character) {
  const key = character.status === "ready" && !character.published ? "unpublished" : character.status;
  return h("span", { class: character.status === "failed" ? "tag tag-failed" : "tag" }, t(`status.${key}`));
}

/** @param {string} label @param {() => unknown} run @param {string} name */
const button = (label, run, name) => h("button", { class: "button button-plain", type: "button", "aria-label": name, on: { click: run } }, label);

/** @param {Deletion} deletion */
function whatGoes(deletion) {
  return h("div", {},
    h("p", {}, t("admin.delete_text", {
      conversations: deletion.conversations, messages: deletion.messages, examples: deletion.examples,
    })),
    deletion.scripts_kept.length > 0 && h("p", {}, t("admin.delete_kept", { titles: deletion.scripts_kept.map((script) => script.title).join(t("list.comma")) })));
}

/** @param {() => Promise<void>} work */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    toast(explain(error));
  }
}
