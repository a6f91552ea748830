/** Act three: who the character is. */

import { fill, h } from "../dom.js";
import { draftTool } from "../draft-profile.js";
import { explain, fieldErrors } from "../errors.js";
import { choice, field, textArea } from "../field.js";
import { t } from "../i18n.js";

/**
 * The fields of a character, filled from what was typed before, else from the chosen speakers.
 * @param {Record<string, string>} values
 * @param {Record<string, string>} errors by field
 */
export function personaFields(values, errors = {}) {
  const of = (name, props) => field({ label: t(`persona.${name}`), name, value: values[name] ?? "", error: errors[name], ...props });
  return [
    of("name", { required: true, maxlength: 80 }),
    of("tagline", { hint: t("persona.tagline_hint"), maxlength: 200 }),
    of("aliases", { hint: t("persona.aliases_hint") }),
    of("profile", { control: textArea, hint: t("persona.profile_hint"), maxlength: 40_000, rows: 6 }),
    of("greeting", { control: textArea, hint: t("persona.greeting_hint"), maxlength: 10_000, rows: 3 }),
    of("language", { control: choice([["", t("persona.language_auto")], ["zh", t("persona.zh")], ["en", t("persona.en")]]) }),
  ];
}

/** Puts the way to a drafted profile below its field. */
export function offerDraft(form, source) {
  form.querySelector("[name=profile]").after(draftTool(form.querySelector("[name=profile]"), source));
}

/** A form's fields as the API takes them. */
export function readPersona(form) {
  const data = new FormData(form);
  const text = (name) => (data.get(name) ?? "").trim();
  return {
    name: text("name"),
    tagline: text("tagline"),
    profile: text("profile"),
    greeting: text("greeting"),
    aliases: text("aliases").split(/[,，、;；\n]/).map((alias) => alias.trim()).filter(Boolean),
    language: text("language") || null,
  };
}

/** Shows a refusal where it belongs: at its field when it names one, and at the form's foot. */
export function showRefusal(form, box, error) {
  const errors = fieldErrors(error, form);
  for (const control of form.querySelectorAll("[name]")) {
    control.toggleAttribute("aria-invalid", control.name in errors);
    if (control.name in errors) control.setAttribute("aria-invalid", "true");
  }
  fill(box, h("p", { class: "notice notice-bad", role: "alert" }, explain(error)));
  form.querySelector("[aria-invalid=true]")?.focus();
}
