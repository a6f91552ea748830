/** Short notes at the foot of the page, spoken by screen readers, sometimes with one action. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

const PLAIN_MS = 5_000;
const ACTION_MS = 12_000;

const shelf = h("div", { class: "toasts", role: "status" });
document.body.append(shelf);

/** @param {string} text @param {{label: string, run: () => void}} [action] */
export function toast(text, action) {
  const close = () => {
    clearTimeout(timer);
    note.remove();
  };
  const act = () => {
    close();
    action?.run();
  };
  const note = h("div", { class: "toast" },
    h("span", { class: "toast-text" }, text),
    action && h("button", { class: "button", type: "button", on: { click: act } }, action.label),
    h("button", { class: "icon-button", type: "button", "aria-label": t("close"), on: { click: close } }, icon("close")));
  let timer = setTimeout(close, action ? ACTION_MS : PLAIN_MS);
  note.addEventListener("focusin", () => clearTimeout(timer));
  note.addEventListener("focusout", () => {
    timer = setTimeout(close, ACTION_MS);
  });
  shelf.append(note);
}
