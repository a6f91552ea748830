/** Act three: who the chosen speakers are. */

import { fill, h } from "../dom.js";
import { languageOf, number } from "../format.js";
import { t } from "../i18n.js";
import { hued, monogram } from "../monogram.js";
import { verdict } from "./speakers.js";
import { offerDraft, personaFields, readPersona, showRefusal } from "./persona-form.js";

/**
 * A form for each chosen speaker; what is typed goes into the wizard at once.
 * @param {import("./wizard.js").Wizard} wizard
 * @param {() => void} onSubmit
 */
export class Cast {
  constructor(wizard, onSubmit) {
    this.wizard = wizard;
    this.onSubmit = onSubmit;
    this.node = h("div", { class: "cast-forms" });
    /** @type {Map<string, {details: HTMLElement, form: HTMLFormElement, box: HTMLElement}>} */
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

  member(speaker, isOpen) {
    const { name } = speaker;
    const { wizard } = this;
    const box = h("div", {});
    const submit = (event) => {
      event.preventDefault();
      this.onSubmit();
    };
    const input = (event) => wizard.type(name, event.target.name, event.target.value);
    const values = wizard.draft(name);
    const form = h("form", { class: "persona-form", novalidate: true, on: { submit, input } },
      wizard.read.profiles.length > 0 && values.profile !== "" && !wizard.typed.get(name)?.profile && h("p", { class: "notice" }, t("cast.profile_found")),
      personaFields(values), box,
      // Enter in a field asks for what the button at the foot does.
      h("button", { class: "visually-hidden", tabindex: -1, "aria-hidden": "true" }, t("upload.create")));
    if (wizard.stored) {
      const wanted = () => ({ name: form.elements.name.value.trim() || name, speakers: [name], language: form.elements.language.value || null });
      offerDraft(form, { path: `/api/scripts/${wizard.stored.id}/draft-profile`, body: wanted });
    }
    const details = h("details", { class: "cast-member", open: isOpen, ...hued(name) },
      h("summary", {}, monogram(name), h("span", { class: "cast-name", lang: languageOf(name) }, name),
        h("span", { class: "field-hint" }, t("speakers.count", { n: speaker.lines, lines: number(speaker.lines), scenes: number(speaker.scenes) })),
        verdict(wizard.roles.get(name))),
      form);
    return { details, form, box };
  }

  /** The characters as the API takes them. */
  read() {
    return [...this.members].map(([speaker, { form }]) => ({ speaker, fields: readPersona(form) }));
  }

  /** Whether nothing is missing; else the browser says what, where it is. */
  isComplete() {
    const lacking = [...this.members.values()].find(({ form }) => !form.checkValidity());
    if (!lacking) return true;
    lacking.details.open = true;
    lacking.form.reportValidity();
    return false;
  }

  /** Shows a refusal at the character it is about; false if it is about none. */
  refuse(error) {
    const where = error.detail?.problems?.[0]?.where ?? "";
    const place = /^body\.characters\.(\d+)/.exec(where)?.[1] ?? error.detail?.number - 1;
    const member = [...this.members.values()][place];
    if (!member) return false;
    member.details.open = true;
    showRefusal(member.form, member.box, error);
    return true;
  }
}
