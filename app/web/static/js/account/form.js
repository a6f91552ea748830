/** Forms of the account pages: what is typed is kept, and a complaint stands beside its field. */

import { codeOf } from "../api.js";
import { fill, focusOn, h } from "../dom.js";
import { explain, fieldErrors } from "../errors.js";
import { t } from "../i18n.js";

/** @import { Child } from "../dom.js" */

/** @typedef {Record<string, string>} Texts by the name of a field */

/**
 * @param {{content: Child, action: string, check: (typed: Texts) => Texts, send: (typed: Texts, form: HTMLFormElement) => Promise<unknown>,
 *   fields?: Texts, isMain?: boolean, isDangerous?: boolean, typed?: (name: string, value: string) => void}} options
 *   check: the complaints to make before anything is sent; fields: which field a refusal's code is
 *   about; isMain: whether the page is about this form; isDangerous: whether it cannot be undone
 */
export function accountForm({ content, action, check, send, fields = {}, isMain = false, isDangerous = false, typed }) {
  const box = h("div", {});
  let isBusy = false;
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    const texts = textsOf(form);
    fill(box);
    if (complain(form, check(texts))) return;
    isBusy = true;
    form.setAttribute("aria-busy", "true");
    try {
      await send(texts, form);
    } catch (error) {
      const field = fields[codeOf(error) ?? ""];
      const refused = field ? { [field]: explain(error) } : named(error, form);
      if (!complain(form, refused)) fill(box, h("p", { class: "field-error", role: "alert" }, explain(error)));
    } finally {
      isBusy = false;
      form.removeAttribute("aria-busy");
    }
  };
  const input = (/** @type {Event} */ event) => {
    const { target } = event;
    if (!(target instanceof HTMLInputElement) || !target.name) return;
    // The next person at this screen may open the form again: a password is not kept.
    if (!target.autocomplete.endsWith("password")) typed?.(target.name, target.value);
  };
  const form = h("form", { class: "account-form", novalidate: true, on: { submit, input } },
    content, box, h("div", { class: "actions" }, h("button", { class: isDangerous ? "button button-danger" : isMain ? "button button-primary" : "button" }, action)));
  keepDefaults(form);
  return form;
}

/** Makes the first values of a form those that a reset brings back. @param {HTMLFormElement} form */
function keepDefaults(form) {
  for (const control of form.querySelectorAll("input")) {
    if (control.type === "checkbox") control.defaultChecked = control.checked;
    else if (control.type === "number") control.defaultValue = control.value;
  }
  for (const option of form.querySelectorAll("option")) option.defaultSelected = option.selected;
}

/** Every field as it was typed: spaces belong to a password. @param {HTMLFormElement} form @returns {Texts} */
export function textsOf(form) {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

/** The server names fields and says why in English; the pages know what each of them needs. */
const NEEDS = /** @type {const} */ ({ login: "account.login_needs", name: "account.name_needs", password: "account.password_needs", new: "account.password_needs" });

/** @param {unknown} error @param {HTMLFormElement} form @returns {Texts} */
function named(error, form) {
  const found = Object.keys(fieldErrors(error, form)).filter((name) => name in NEEDS);
  return Object.fromEntries(found.map((name) => [name, t(NEEDS[/** @type {keyof typeof NEEDS} */ (name)])]));
}

/**
 * Puts each complaint below its field, takes older ones back, and leads to the first.
 * @param {HTMLFormElement} form
 * @param {Texts} complaints
 * @returns {boolean} whether there was one
 */
function complain(form, complaints) {
  for (const control of form.elements) {
    const name = control.getAttribute("name") ?? "";
    const box = control.closest(".field");
    if (!name || !box) continue;
    const id = `${control.id}-error`;
    box.querySelector(".field-error")?.remove();
    const described = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && each !== id);
    const complaint = complaints[name];
    if (complaint) {
      box.append(h("p", { class: "field-error", id }, complaint));
      described.push(id);
    }
    setOrRemove(control, "aria-invalid", complaint ? "true" : "");
    setOrRemove(control, "aria-describedby", described.join(" "));
  }
  const first = form.querySelector("[aria-invalid=true]");
  focusOn(first);
  return first !== null;
}

/** @param {Element} node @param {string} name @param {string} value */
function setOrRemove(node, name, value) {
  if (value) node.setAttribute(name, value);
  else node.removeAttribute(name);
}
