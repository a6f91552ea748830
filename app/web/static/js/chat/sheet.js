/** A sheet of paper over the page, to read or to search: closed by Escape, its cross, or a click beside it. */

import { h, uniqueId } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

/** @import { Child } from "../dom.js" */

/** @param {string} title @param {string} kind a class @param {...Child} content @returns {HTMLDialogElement} */
export function openSheet(title, kind, ...content) {
  const id = uniqueId("sheet");
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { class: `dialog-sheet ${kind}`, "aria-labelledby": id, on: { click: (event) => {
    if (event.target === dialog) dialog.close();
  } } },
  h("div", { class: "dialog-sheet-head" },
    h("h2", { id }, title),
    h("button", { class: "icon-button", type: "button", "aria-label": t("close"), on: { click: () => dialog.close() } }, icon("close"))),
  content);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
