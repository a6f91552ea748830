/** Who finds a character: private, by link or published; the link, copied and replaced. */

import { get, put } from "../api.js";
import { confirm } from "../dialogs.js";
import { controlOf, fill, focusOn, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { copyField } from "./copying.js";

/** @import { CharacterLink, CharacterSharing } from "../types.js" */

/** @typedef {CharacterSharing["visibility"]} Visibility */

const OPTIONS = /** @type {const} */ (["private", "link", "published"]);

/** @param {string} slug @param {AbortSignal} [signal] @returns {Promise<CharacterSharing>} */
export const sharingOf = (slug, signal) => get(`${addressOf(slug)}/sharing`, signal);

/** @param {string} slug */
const addressOf = (slug) => `/api/characters/${encodeURIComponent(slug)}`;

export class SharingPanel {
  /**
   * @param {{slug: string, name: string}} character
   * @param {CharacterSharing} first
   * @param {{changed?: (now: Visibility) => void, chosen?: (isApplied: boolean) => void}} [options]
   *   chosen: called when another option is chosen or applied
   */
  constructor({ slug, name }, first, { changed = () => {}, chosen = () => {} } = {}) {
    this.slug = slug;
    this.name = name;
    this.now = first;
    this.changed = changed;
    this.chosen = chosen;
    this.wanted = first.visibility;
    this.problem = h("div", { role: "alert" });
    this.address = h("div", { class: "sharing-address" });
    this.apply = h("button", { class: "button button-primary", type: "submit" }, t("sharing.apply"));
    this.node = h("form", { class: "sharing", on: { submit: (event) => {
      event.preventDefault();
      this.save();
    } } }, this.options(), this.problem, h("div", { class: "sharing-apply" }, this.apply), this.address);
    this.draw();
  }

  options() {
    const group = uniqueId("visibility");
    return h("fieldset", { class: "sharing-options" },
      h("legend", { class: "visually-hidden" }, t("sharing.heading", { name: this.name })),
      OPTIONS.map((option) => {
        const about = uniqueId("about");
        return h("label", { class: "sharing-option" },
          h("input", {
            type: "radio", name: group, value: option, checked: option === this.wanted, "aria-describedby": about,
            on: { change: (event) => this.choose(/** @type {Visibility} */ (controlOf(event).value)) },
          }),
          h("span", { class: "sharing-words" },
            h("span", { class: "sharing-name" }, t(`sharing.option.${option}`)),
            h("span", { class: "field-hint", id: about }, t(`sharing.option.${option}_text`))));
      }));
  }

  /** @param {Visibility} option */
  choose(option) {
    this.wanted = option;
    fill(this.problem);
    this.draw();
  }

  draw() {
    const isChanged = this.wanted !== this.now.visibility;
    this.apply.hidden = !isChanged;
    this.chosen(!isChanged);
    fill(this.address, !isChanged && this.addressNow());
  }

  addressNow() {
    const { visibility, link, guests } = this.now;
    if (visibility === "published") {
      return copyField({ label: t("sharing.address"), value: `${location.origin}/characters/${encodeURIComponent(this.slug)}`, action: t("sharing.copy_address"), said: t("sharing.copied_address") });
    }
    if (visibility !== "link" || link === null) return null;
    return [
      copyField({ label: t("sharing.link"), value: `${location.origin}/with#${link}`, action: t("sharing.copy"), said: t("sharing.copied"), hint: t("sharing.link_hint") }),
      h("div", { class: "sharing-foot" },
        h("p", { class: "field-hint" }, guests ? t("sharing.guests", { n: guests }) : t("sharing.guests_none")),
        h("button", { class: "button button-plain", type: "button", on: { click: () => this.renew() } }, t("sharing.renew"))),
    ];
  }

  async save() {
    const { name, wanted } = this;
    if (wanted === this.now.visibility || !await this.isSure()) return;
    await this.attempt(async () => {
      this.now = await put(`${addressOf(this.slug)}/sharing`, { visibility: wanted });
      toast(t(`sharing.done.${wanted}`, { name }));
      this.changed(wanted);
      this.draw();
      focusOn(this.node.querySelector("input:checked"));
    });
  }

  /** Asks before others lose sight of the character. */
  async isSure() {
    if (this.wanted !== "private") return true;
    const { name, now: { guests, visibility } } = this;
    const key = visibility === "published" ? "sharing.make_private_published" : guests ? "sharing.make_private_guests" : "sharing.make_private_text";
    return confirm({ title: t("sharing.make_private_title", { name }), body: h("p", {}, t(key, { n: guests ?? 0, name })), action: t("sharing.make_private"), danger: true });
  }

  async renew() {
    const { name } = this;
    if (!await confirm({ title: t("sharing.renew_title", { name }), body: h("p", {}, t("sharing.renew_text")), action: t("sharing.renew"), danger: true })) return;
    await this.attempt(async () => {
      /** @type {CharacterLink} */
      const { link } = await put(`${addressOf(this.slug)}/link`, {});
      this.now = { ...this.now, link, guests: 0 };
      this.draw();
      toast(t("sharing.renewed"));
      focusOn(this.address.querySelector(".copy-row .button"));
    });
  }

  /** @param {() => Promise<void>} work */
  async attempt(work) {
    fill(this.problem);
    try {
      await work();
    } catch (error) {
      fill(this.problem, h("p", { class: "field-error" }, explain(error)));
    }
  }
}

/**
 * The same in a dialog; resolves once it is closed.
 * @param {{slug: string, name: string}} character
 * @param {(now: Visibility) => void} changed
 */
export async function shareDialog(character, changed) {
  const first = await sharingOf(character.slug).catch((error) => {
    toast(explain(error));
    return null;
  });
  if (!first) return;
  const heading = uniqueId("sharing");
  const close = h("button", { class: "button", type: "button", on: { click: () => dialog.close() } });
  const chosen = (/** @type {boolean} */ isApplied) => fill(close, t(isApplied ? "sharing.close" : "cancel"));
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { class: "sharing-dialog", "aria-labelledby": heading },
    h("h2", { id: heading }, t("sharing.heading", { name: character.name })),
    new SharingPanel(character, first, { changed, chosen }).node,
    h("div", { class: "actions" }, close));
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => {
    dialog.addEventListener("close", resolve);
  });
  dialog.remove();
}
