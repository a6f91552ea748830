/** Act three: a form for each chosen speaker. */

import { ApiError } from "../api.js";
import { controlOf, fill, h, textIn } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { hued, monogram } from "../monogram.js";
import { verdict } from "./speakers.js";
import { offerDraft, personaFields, readPersona, showRefusal } from "./persona-form.js";

/** @import { SpeakerOut } from "../types.js" */
/** @import { Wizard } from "./wizard.js" */

/**
 * A form for each chosen speaker; the wizard keeps every keystroke.
 * @param {import("./wizard.js").Wizard} wizard
 * @param {() => void} onSubmit
 */
export class Cast {
  /** @param {Wizard} wizard @param {() => void} onSubmit */
  constructor(wizard, onSubmit) {
    this.wizard = wizard;
    this.onSubmit = onSubmit;
    this.node = h("div", { class: "cast-forms" });
    /** @type {Map<string, {details: HTMLDetailsElement, form: HTMLFormElement, box: HTMLElement}>} */
    this.members = new Map();
  }

  /** Shows the forms of the speakers who are chosen now. */
  draw() {
    const { wizard } = this;
    const open = new Set([...this.members].filter(([, { details }]) => details.open).map(([name]) => name));
    this.members = new Map();
    const speakers = wizard.speakers();
    for (const speaker of speakers) {
      this.members.set(speaker.name, this.member(speaker, open.has(speaker.name) || speakers.length === 1));
    }
    fill(this.node, speakers.length === 0
      ? h("p", { class: "field-hint" }, t("upload.choose_first"))
      : [...this.members.values()].map(({ details }) => details));
  }

  /** @param {SpeakerOut} speaker @param {boolean} isOpen */
  member(speaker, isOpen) {
    const { name } = speaker;
    const { wizard } = this;
    const box = h("div", {});
    /** @param {SubmitEvent} event */
    const submit = (event) => {
      event.preventDefault();
      this.onSubmit();
    };
    /** @param {Event} event */
    const input = (event) => wizard.type(name, controlOf(event).name, controlOf(event).value);
    const values = wizard.draft(name);
    const isSuggested = (values.greeting || values.openers) && !wizard.typed.has(name);
    const form = h("form", { class: "persona-form", novalidate: true, on: { submit, input } },
      isSuggested && h("p", { class: "field-hint" }, t("cast.suggested")),
      wizard.report.profiles.length > 0 && values.profile !== "" && !wizard.typed.get(name)?.profile && h("p", { class: "notice" }, t("cast.profile_found")),
      personaFields(values), box,
      // Enter in a field does the same as the button at the foot.
      h("button", { class: "visually-hidden", tabindex: -1, "aria-hidden": "true" }, t("upload.create")));
    if (wizard.stored) {
      const wanted = () => ({ name: textIn(form, "name") || name, speakers: [name], language: textIn(form, "language") || null });
      offerDraft(form, { path: `/api/scripts/${wizard.stored.id}/draft-profile`, body: wanted });
    }
    const shown = wizard.display(name);
    const details = h("details", { class: "cast-member", open: isOpen, ...hued(shown) },
      h("summary", {}, monogram(shown), h("span", { class: "cast-name", lang: languageOf(shown) }, shown),
        h("span", { class: "field-hint" }, t("speakers.count", { lines: speaker.lines, scenes: speaker.scenes })),
        verdict(wizard.roles.get(name))),
      form);
    return { details, form, box };
  }

  /** The characters as the API takes them. */
  read() {
    return [...this.members].map(([speaker, { form }]) => ({ speaker, fields: readPersona(form) }));
  }

  /** Whether all forms are complete; otherwise the browser points at the missing field. */
  isComplete() {
    const lacking = [...this.members.values()].find(({ form }) => !form.checkValidity());
    if (!lacking) return true;
    lacking.details.open = true;
    lacking.form.reportValidity();
    return false;
  }

  /** Shows a refusal at the character it is about; false if it is about none. @param {unknown} error */
  refuse(error) {
    const detail = error instanceof ApiError ? error.detail : null;
    const where = detail?.problems?.[0]?.where ?? "";
    const place = /^body\.characters\.(\d+)/.exec(where)?.[1] ?? (detail?.number ?? 0) - 1;
    const member = [...this.members.values()][Number(place)];
    if (!member) return false;
    member.details.open = true;
    showRefusal(member.form, member.box, error);
    return true;
  }
}
