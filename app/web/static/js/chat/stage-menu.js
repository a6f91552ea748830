/** What else can be done in a conversation, behind one button. */

import { h, uniqueId } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

/** @import { IconName } from "../icons.js" */

/**
 * @typedef {object} Choice
 * @property {IconName} image
 * @property {string} label
 * @property {string} [keys] its shortcut
 * @property {string} [href] of a file to save
 * @property {() => unknown} [run]
 */

/** @param {Choice[]} choices @param {AbortSignal} signal */
export function stageMenu(choices, signal) {
  const id = uniqueId("menu");
  const items = choices.map(item);
  const menu = h("div", { class: "stage-menu", id, role: "menu", "aria-label": t("menu.label"), hidden: true }, items);
  const button = h("button", {
    class: "icon-button", type: "button", "aria-label": t("menu.label"), title: t("menu.label"),
    "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": id,
  }, icon("more"));

  /** @param {boolean} isOpen */
  const show = (isOpen) => {
    menu.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) items[0].focus();
  };
  button.addEventListener("click", () => show(menu.hidden === true));
  // Before the choice runs: a dialog that it opens gives the focus back to where it was.
  menu.addEventListener("click", () => {
    show(false);
    button.focus();
  }, { capture: true });
  menu.addEventListener("keydown", (event) => {
    const at = items.findIndex((each) => each === document.activeElement);
    const next = stepIn(event.key, at, items.length);
    if (event.key === "Escape") {
      event.stopPropagation();
      show(false);
      button.focus();
    } else if (event.key === "Tab") {
      show(false);
    } else if (next !== null) {
      event.preventDefault();
      items[next].focus();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target) && !button.contains(event.target)) show(false);
  }, { signal });
  return h("div", { class: "stage-menu-place" }, button, menu);
}

/** @param {Choice} choice @returns {HTMLElement} */
function item({ image, label, keys, href, run = () => {} }) {
  const content = [icon(image), h("span", {}, label), keys && h("kbd", {}, keys)];
  /** @type {import("../dom.js").Props} */
  const props = { class: "stage-menu-item", role: "menuitem", tabindex: -1 };
  if (href) return h("a", { ...props, href, download: true }, content);
  return h("button", { ...props, type: "button", on: { click: () => run() } }, content);
}

/** Which item a key leads to; null for other keys. @param {string} key @param {number} at @param {number} count */
function stepIn(key, at, count) {
  if (key === "ArrowDown") return (at + 1) % count;
  if (key === "ArrowUp") return (at - 1 + count) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
