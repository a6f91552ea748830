/** Which columns of a table hold what. */

import { h } from "../dom.js";
import { choice, field } from "../field.js";
import { t } from "../i18n.js";

const ROLES = ["speaker", "line", "scene"];

/**
 * Nothing unless the file is a table. A change reads the file again.
 * @param {import("./wizard.js").Wizard} wizard
 */
export function columnMapping(wizard, onChange) {
  if (wizard.header.length === 0) return null;
  const found = wizard.read?.columns;
  const select = (role) => field({
    label: t(`columns.${role}`), name: `${role}_column`, value: wizard.columns[role],
    control: choice([["", automatic(role, found?.[role])], ...wizard.header.filter((name) => name.trim()).map((name) => [name, name])]),
    on: { change: (event) => {
      wizard.columns[role] = event.target.value;
      onChange();
    } },
  });
  return h("fieldset", { class: "columns" },
    h("legend", { class: "field-label" }, t("columns.legend")),
    h("div", { class: "reading-options" }, ROLES.map(select)));
}

function automatic(role, name) {
  if (name) return t("upload.detected", { found: name });
  return t(role === "scene" ? "columns.none" : "columns.missing");
}
