/** A character's portrait and backdrop: chosen, dropped or pasted, shown at once, replaced, removed. */

import { remove, upload } from "../api.js";
import { fill, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { hued, monogram, sized } from "../monogram.js";
import { status } from "../status.js";

/** @import { CharacterOut, ServiceStatus } from "../types.js" */

/** @typedef {"avatar"|"backdrop"} Kind */

const TYPES = ["image/png", "image/jpeg", "image/webp"];

/** Whether this visitor may change the pictures of what they make. @param {ServiceStatus} service */
const mayChangePictures = (service) => service.may_upload;

/**
 * Both pickers of a character, folded away.
 * @param {CharacterOut} character
 * @param {(fresh: CharacterOut) => void} [changed]
 * @param {string} [label]
 */
export function pictureEditor(character, changed = () => {}, label = t("pictures.edit")) {
  return h("details", { class: "picture-editor" },
    h("summary", {}, label),
    picturePickers(character, changed));
}

/** The pickers of several characters, where this visitor may use them. @param {CharacterOut[]} characters */
export function picturesOf(characters) {
  if (!status.current || !mayChangePictures(status.current)) return null;
  return h("div", { class: "picture-editors" }, characters.map((character) =>
    pictureEditor(character, undefined, t("pictures.edit_named", { name: character.name }))));
}

/** @param {CharacterOut} character @param {(fresh: CharacterOut) => void} [changed] */
export function picturePickers(character, changed = () => {}) {
  return h("div", { class: "picture-pickers", ...hued(character.name) },
    new PicturePicker(character, "avatar", changed).node,
    new PicturePicker(character, "backdrop", changed).node);
}

class PicturePicker {
  /** @param {CharacterOut} character @param {Kind} kind @param {(fresh: CharacterOut) => void} changed */
  constructor(character, kind, changed) {
    this.character = character;
    this.kind = kind;
    this.changed = changed;
    this.path = `/api/admin/characters/${encodeURIComponent(character.slug)}/${kind}`;
    this.problem = h("div", {});
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.body = h("div", { class: "picture-body" });
    const heading = uniqueId("picture");
    this.node = h("section", { class: `picture-picker is-${kind}`, "aria-labelledby": heading },
      h("h2", { id: heading, class: "field-label" }, t(`pictures.${kind}`)), this.body, this.problem, this.said);
    this.listen();
    this.draw(character[kind] && sized(character[kind] ?? "", "small"));
  }

  listen() {
    const { node } = this;
    node.addEventListener("dragover", (event) => {
      event.preventDefault();
      node.classList.add("is-over");
    });
    node.addEventListener("dragleave", () => node.classList.remove("is-over"));
    node.addEventListener("drop", (event) => {
      event.preventDefault();
      node.classList.remove("is-over");
      this.take(event.dataTransfer?.files[0]);
    });
    node.addEventListener("paste", (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (!file) return;
      event.preventDefault();
      this.take(file);
    });
  }

  /** @param {string|null} address of what is shown now */
  draw(address) {
    const id = uniqueId("file");
    const input = h("input", { class: "visually-hidden", id, type: "file", accept: TYPES.join(",") });
    input.addEventListener("change", () => this.take(input.files?.[0]));
    fill(this.body,
      // Focusable, so that a picture can be pasted here.
      h("div", { class: "picture-frame", tabindex: 0, role: "group", "aria-label": t("pictures.paste_here") },
        address ? h("img", { src: address, alt: "" }) : this.kind === "avatar" ? monogram(this.character.name) : icon("picture")),
      h("div", { class: "picture-acts" },
        h("span", { class: "file-picker" }, input, h("label", { class: "button", for: id }, t(address ? "pictures.replace" : "pictures.choose"))),
        address && h("button", { class: "button button-plain", type: "button", "aria-label": t(`pictures.remove_${this.kind}`), on: { click: () => this.discard() } }, t("files.picture_remove")),
        h("p", { class: "field-hint" }, t("pictures.hint"))));
  }

  /** Shows the picture while it is sent; the old one comes back where it is refused. @param {File|undefined} file */
  async take(file) {
    if (!file) return;
    if (!TYPES.includes(file.type)) {
      this.complain(t("pictures.wrong_type"));
      return;
    }
    const form = new FormData();
    form.set("file", file);
    this.node.classList.add("is-sending");
    const preview = await dataUrl(file);
    if (preview) this.draw(preview);
    await this.attempt(() => upload(this.path, form, { method: "PUT" }), "pictures.saved");
  }

  discard() {
    return this.attempt(() => remove(this.path), "pictures.removed");
  }

  /** @param {() => Promise<CharacterOut>} work @param {"pictures.saved"|"pictures.removed"} said */
  async attempt(work, said) {
    const hadFocus = this.node.contains(document.activeElement);
    fill(this.problem);
    try {
      this.character = await work();
      this.said.textContent = t(said);
      this.changed(this.character);
    } catch (error) {
      this.complain(explain(error));
    }
    this.node.classList.remove("is-sending");
    const now = this.character[this.kind];
    this.draw(now && sized(now, "small"));
    if (hadFocus) this.body.querySelector("input")?.focus();
  }

  /** @param {string} text */
  complain(text) {
    fill(this.problem, h("p", { class: "field-error", role: "alert" }, text));
  }
}

/** A file as an address that the page may show; "" where it cannot be read. @param {File} file @returns {Promise<string>} */
function dataUrl(file) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => resolve(""));
    reader.readAsDataURL(file);
  });
}
