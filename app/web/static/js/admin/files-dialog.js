/** A character's files: cards and conversations to download, a picture and lorebooks to upload. */

import { get, patch, remove, upload, withQuery } from "../api.js";
import { controlOf, fill, h, uniqueId, within } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field } from "../field.js";
import { t } from "../i18n.js";
import { portrait } from "../monogram.js";
import { warningList } from "../upload/notices.js";

/** @import { Child } from "../dom.js" */
/** @import { AddedLorebook, AdminCharacter, CharacterOut, LorebookOut, PageOf } from "../types.js" */

const CARDS = /** @type {const} */ (["png", "v3", "v2", "charx"]);
const LOGS = /** @type {const} */ (["sillytavern", "markdown", "text", "prompts"]);

/**
 * @param {AdminCharacter} character
 * @returns {Promise<CharacterOut|null>} the character as it is now, or null when nothing changed
 */
export function characterFiles(character) {
  const heading = uniqueId("files");
  /** @type {CharacterOut|null} */
  let fresh = null;
  /** @param {CharacterOut} now */
  const changed = (now) => {
    fresh = now;
  };
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { class: "edit-dialog", "aria-labelledby": heading },
    h("h2", { id: heading }, t("admin.files_named", { name: character.name })),
    cardExport(character), conversationExport({ character: character.slug }),
    picture(character, changed), lorebooks(character),
    h("div", { class: "actions" }, h("button", { class: "button", type: "button", on: { click: () => dialog.close() } }, t("close"))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(fresh);
    });
  });
}

/** @param {string} title @param {...Child} content */
function section(title, ...content) {
  return h("section", { class: "files-section" }, h("h3", {}, title), ...content);
}

/** @param {AdminCharacter} character */
function cardExport({ slug }) {
  const path = `/api/characters/${encodeURIComponent(slug)}/card`;
  const link = h("a", { class: "button", download: true }, t("files.download"));
  const box = h("input", { type: "checkbox", name: "script" });
  const formats = field({ label: t("files.card_format"), name: "format", control: choice(CARDS.map((name) => [name, t(`card_format.${name}`)])) });
  const aim = () => link.setAttribute("href", withQuery(path, { format: within(formats, "select").value, script: box.checked, whole: true }));
  aim();
  return section(t("files.card"),
    h("div", { class: "dialog-form", on: { change: aim } },
      formats,
      h("label", { class: "check" }, box, t("files.with_script")),
      h("p", { class: "field-hint" }, t("files.with_script_hint")),
      h("div", {}, link)));
}

/** A ZIP of all conversations: of one character, or of all. @param {{character?: string}} filter */
export function conversationExport(filter) {
  const link = h("a", { class: "button", download: true }, t("files.download_zip"));
  const formats = field({ label: t("files.log_format"), name: "format", control: choice(LOGS.map((name) => [name, t(`log_format.${name}`)])) });
  const aim = () => link.setAttribute("href", withQuery("/api/conversations/export", { ...filter, format: within(formats, "select").value }));
  aim();
  return section(t("files.conversations"), h("div", { class: "dialog-form", on: { change: aim } }, formats, h("p", { class: "field-hint" }, t("files.conversations_hint")), h("div", {}, link)));
}

/** @param {AdminCharacter} character @param {(now: CharacterOut) => void} changed */
function picture(character, changed) {
  const path = `/api/admin/characters/${encodeURIComponent(character.slug)}/avatar`;
  const box = h("div", { class: "files-row" });
  const problem = h("div", {});
  /** @param {CharacterOut} now */
  const draw = (now) => fill(box,
    portrait(now),
    filePicker(t("files.picture_change"), "image/*", (file) => attempt(problem, async () => {
      const form = new FormData();
      form.set("file", file);
      keep(await upload(path, form, { method: "PUT" }));
    })),
    now.avatar && h("button", { class: "button button-plain", type: "button", on: { click: () => attempt(problem, async () => keep(await remove(path))) } }, t("files.picture_remove")));
  /** @param {CharacterOut} now */
  const keep = (now) => {
    changed(now);
    draw(now);
  };
  draw(character);
  return section(t("card.picture"), box, problem);
}

/** @param {AdminCharacter} character */
function lorebooks({ slug }) {
  const path = `/api/admin/characters/${encodeURIComponent(slug)}/lorebooks`;
  const list = h("ul", {});
  const problem = h("div", {});
  const draw = async () => {
    /** @type {PageOf<LorebookOut>} */
    const { items } = await get(path);
    fill(list, items.map((book) => h("li", { class: "files-row" },
      h("label", { class: "check" },
        h("input", { type: "checkbox", checked: book.enabled, on: { change: (event) => attempt(problem, () => patch(`${path}/${book.id}`, { enabled: controlOf(event).checked })) } }),
        h("span", {}, book.name, " ", h("span", { class: "field-hint" }, t("files.entries", { n: book.entries })))),
      h("a", { class: "button button-plain", href: `${path}/${book.id}/file`, download: true, "aria-label": t("files.download_named", { name: book.name }) }, t("files.download")),
      h("button", { class: "button button-plain", type: "button", "aria-label": t("files.remove_named", { name: book.name }), on: { click: () => attempt(problem, async () => {
        await remove(`${path}/${book.id}`);
        await draw();
      }) } }, t("files.remove")))));
  };
  attempt(problem, draw);
  return section(t("files.lorebooks"),
    h("p", { class: "field-hint" }, t("files.lorebooks_hint")),
    list,
    filePicker(t("files.lorebook_add"), ".json,application/json", (file) => attempt(problem, async () => {
      const form = new FormData();
      form.set("file", file);
      /** @type {AddedLorebook} */
      const added = await upload(path, form, {});
      await draw();
      fill(problem, warningList(added.warnings));
    })),
    problem);
}

/** @param {string} label @param {string} accept @param {(file: File) => unknown} onFile */
function filePicker(label, accept, onFile) {
  const id = uniqueId("file");
  /** @type {HTMLInputElement} */
  const input = h("input", { class: "visually-hidden", id, type: "file", accept, on: { change: () => {
    const file = input.files?.[0];
    if (file) onFile(file);
    input.value = "";
  } } });
  return h("span", { class: "file-picker" }, input, h("label", { class: "button", for: id }, label));
}

/** @param {HTMLElement} box @param {() => Promise<unknown>} work */
async function attempt(box, work) {
  try {
    fill(box);
    await work();
  } catch (error) {
    fill(box, h("p", { class: "field-error", role: "alert" }, explain(error)));
  }
}
