/** Questions in a `<dialog>`: the browser keeps focus inside and gives it back. */

import { h, uniqueId } from "./dom.js";
import { t } from "./i18n.js";

/**
 * @param {{title: string, body?: Node|string|null, action: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export async function confirm({ title, body = null, action, danger = false }) {
  const answer = await ask({ title, content: body && h("div", {}, body), action, danger });
  return answer !== null;
}

/**
 * Asks for one line of text.
 * @param {{title: string, body?: Node|null, label: string, value: string, action: string, maxLength: number, danger?: boolean}} question
 * @returns {Promise<string|null>} null when the person changed their mind
 */
export async function prompt({ title, body = null, label, value, action, maxLength, danger = false }) {
  const id = uniqueId("prompt");
  const input = h("input", { class: "input", id, name: "answer", maxlength: maxLength, autocomplete: "off", value });
  const content = [body, h("div", { class: "field" }, h("label", { class: "field-label", for: id }, label), input)];
  const answer = await ask({ title, content, action, danger });
  return answer === null ? null : input.value.trim();
}

/**
 * @param {{title: string, content: import("./dom.js").Child, action: string, danger?: boolean}} question
 * @returns {Promise<true|null>} null when the person changed their mind
 */
export function ask({ title, content, action, danger = false }) {
  const heading = uniqueId("dialog");
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { "aria-labelledby": heading },
    h("form", { method: "dialog", class: "dialog-form" },
      h("h2", { id: heading }, title),
      content,
      h("div", { class: "actions" },
        h("button", { class: "button button-plain", value: "", formnovalidate: true, type: "button", on: { click: () => dialog.close("") } }, t("cancel")),
        h("button", { class: danger ? "button button-danger" : "button button-primary", value: "yes" }, action))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? true : null);
    });
  });
}
