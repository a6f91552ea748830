/** Other first messages: a field for each, as many as one likes. */

import { focusOn, h } from "../dom.js";
import { field, textArea } from "../field.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

const NAME = "alternate_greeting";

/** @param {string[]} greetings */
export function alternates(greetings) {
  const list = h("ul", { class: "alternates" });
  /** @param {string} greeting */
  const add = (greeting) => {
    const row = h("li", { class: "alternate" },
      field({ label: t("edit.alternate", { n: list.children.length + 1 }), name: NAME, value: greeting, control: textArea, rows: 3, maxlength: 40_000 }),
      h("button", { class: "icon-button", type: "button", "aria-label": t("edit.alternate_remove"), on: { click: () => {
        const next = row.nextElementSibling ?? row.previousElementSibling;
        row.dispatchEvent(new Event("input", { bubbles: true }));
        row.remove();
        focusOn(next ? next.querySelector("textarea") : more);
      } } }, icon("close")));
    list.append(row);
    return row;
  };
  const more = h("button", { class: "button button-plain", type: "button", on: { click: () => focusOn(add("").querySelector("textarea")) } }, t("edit.alternate_add"));
  greetings.forEach(add);
  return h("div", { class: "alternates-box" }, list, more);
}

/** @param {HTMLFormElement} form */
export const readAlternates = (form) => new FormData(form).getAll(NAME).map((text) => String(text).trim()).filter(Boolean);
