/** Act three: the fields of a character. */

import { fill, focusOn, h, textIn } from "../dom.js";
import { draftedFrom, draftTool } from "../draft-profile.js";
import { explain, fieldErrors } from "../errors.js";
import { choice, field, textArea } from "../field.js";
import { t } from "../i18n.js";

/** @import { Props } from "../dom.js" */
/** @import { Control } from "../field.js" */

const MOST_OPENERS = 10;

/**
 * The fields of a character, with their first values.
 * @param {Record<string, string>} values
 * @param {Record<string, string>} errors by field
 */
export function personaFields(values, errors = {}) {
  /**
   * @param {"name"|"tagline"|"aliases"|"profile"|"greeting"|"openers"|"language"} name
   * @param {Props & {control?: Control, hint?: string}} props
   */
  const of = (name, props) => field({ label: t(`persona.${name}`), name, value: values[name] ?? "", error: errors[name], ...props });
  return [
    of("name", { required: true, maxlength: 80 }),
    of("tagline", { hint: t("persona.tagline_hint"), maxlength: 200 }),
    of("aliases", { hint: t("persona.aliases_hint") }),
    of("profile", { control: textArea, hint: t("persona.profile_hint"), maxlength: 40_000, rows: 6 }),
    of("greeting", { control: textArea, hint: t("persona.greeting_hint"), maxlength: 10_000, rows: 3 }),
    of("openers", { control: textArea, hint: t("persona.openers_hint"), maxlength: 2_000, rows: 3 }),
    of("language", { control: choice([["", t("persona.language_auto")], ["zh", t("persona.zh")], ["en", t("persona.en")]]) }),
  ];
}

/**
 * Puts the way to a drafted profile below its field.
 * @param {HTMLFormElement} form
 * @param {{path: string, body?: () => object}} source
 */
export function offerDraft(form, source) {
  const profile = form.elements.namedItem("profile");
  if (profile instanceof HTMLTextAreaElement) profile.after(draftTool(profile, source));
}

/** A form's fields as the API takes them. @param {HTMLFormElement} form */
export function readPersona(form) {
  const text = (/** @type {string} */ name) => textIn(form, name);
  return {
    name: text("name"),
    tagline: text("tagline"),
    profile: text("profile"),
    ...draftedFrom(form.elements.namedItem("profile")),
    greeting: text("greeting"),
    openers: text("openers").split("\n").map((line) => line.trim()).filter(Boolean).slice(0, MOST_OPENERS),
    aliases: text("aliases").split(/[,，、;；\n]/).map((alias) => alias.trim()).filter(Boolean),
    language: text("language") || null,
  };
}

/**
 * Shows a refusal where it belongs: at its field when it names one, and at the form's foot.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} box
 * @param {unknown} error
 */
export function showRefusal(form, box, error) {
  const errors = fieldErrors(error, form);
  for (const control of form.querySelectorAll("[name]")) {
    const isRefused = (control.getAttribute("name") ?? "") in errors;
    control.toggleAttribute("aria-invalid", isRefused);
    if (isRefused) control.setAttribute("aria-invalid", "true");
  }
  fill(box, h("p", { class: "notice notice-bad", role: "alert" }, explain(error)));
  focusOn(form.querySelector("[aria-invalid=true]"));
}
