/** A warning that the file is plainly no script, and the answer that it is to be used all the same. */

import { controlOf, h } from "../dom.js";
import { t } from "../i18n.js";

/** @import { Wizard } from "./wizard.js" */

/** @param {Wizard} wizard */
export function otherKindWarning(wizard) {
  const found = wizard.read?.other_kind;
  if (!found || wizard.wasHere) return null;
  return h("div", { class: "notice notice-bad other-kind", role: "alert" },
    h("p", { class: "notice-title" }, t(`other.${found.code}`)),
    h("p", { title: found.reason }, t(`other.why_${found.code}`), " ", t("other.text")),
    h("label", { class: "check" },
      h("input", { type: "checkbox", name: "sure", checked: wizard.isSure, on: { change: (event) => { wizard.isSure = controlOf(event).checked; } } }),
      t("other.sure")));
}
