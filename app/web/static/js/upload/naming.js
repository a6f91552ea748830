/** The title of the script, and a question when it is taken. */

import { controlOf, fill, h } from "../dom.js";
import { field } from "../field.js";
import { t } from "../i18n.js";

/** @import { Wizard } from "./wizard.js" */

/** @param {import("./wizard.js").Wizard} wizard */
export function naming(wizard) {
  const warning = h("div", { class: "replace-question", role: "status" });
  const warn = () => fill(warning, replaceQuestion(wizard));
  /** @param {Event} event */
  const input = (event) => {
    wizard.title = controlOf(event).value;
    wizard.mayReplace = false;
    wizard.stored = null;
    warn();
  };
  warn();
  return h("div", {},
    field({ label: t("upload.title"), name: "title", value: wizard.title, maxlength: 200, hint: t("upload.title_hint"), on: { input } }),
    warning);
}

/** @param {Wizard} wizard */
function replaceQuestion(wizard) {
  const rival = wizard.rival();
  if (!rival) return null;
  return h("div", { class: "notice notice-bad" },
    h("p", { class: "notice-title" }, t("replace.title", { title: rival.title })),
    h("p", {}, t("replace.text", { lines: rival.lines })),
    h("label", { class: "check" },
      h("input", { type: "checkbox", name: "replace", checked: wizard.mayReplace, on: { change: (event) => { wizard.mayReplace = controlOf(event).checked; } } }),
      t("replace.sure")));
}
