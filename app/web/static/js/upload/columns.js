/** The columns of a table that hold speaker, line and scene. */

import { controlOf, h } from "../dom.js";
import { choice, field } from "../field.js";
import { t } from "../i18n.js";

/** @import { Wizard } from "./wizard.js" */

const ROLES = /** @type {const} */ (["speaker", "line", "scene"]);

/** @typedef {(typeof ROLES)[number]} Role */

/**
 * Nothing unless the file is a table. A change reads the file again.
 * @param {Wizard} wizard
 * @param {() => void} onChange
 */
export function columnMapping(wizard, onChange) {
  if (wizard.header.length === 0) return null;
  const found = wizard.read?.columns;
  /** @param {Role} role */
  const select = (role) => field({
    label: t(`columns.${role}`), name: `${role}_column`, value: wizard.columns[role],
    control: choice([["", automatic(role, found?.[role])], ...wizard.header.filter((name) => name.trim()).map((name) => [name, name])]),
    on: { change: (event) => {
      wizard.columns[role] = controlOf(event).value;
      onChange();
    } },
  });
  return h("fieldset", { class: "columns" },
    h("legend", { class: "field-label" }, t("columns.legend")),
    h("div", { class: "reading-options" }, ROLES.map(select)));
}

/** @param {Role} role @param {string|null|undefined} name */
function automatic(role, name) {
  if (name) return t("upload.detected", { found: name });
  return t(role === "scene" ? "columns.none" : "columns.missing");
}
