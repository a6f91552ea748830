/** Who the user is in a scene: a choice with a sentence about each. */

import { h, uniqueId } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {"persona"|"speaker"|"director"|"watching"} Role */

/**
 * @param {Role} chosen
 * @param {Role[]} roles
 * @param {(role: Role) => void} change
 */
export function roleChoice(chosen, roles, change) {
  const name = uniqueId("role");
  return h("fieldset", { class: "roles" },
    h("legend", { class: "visually-hidden" }, t("role.heading")),
    roles.map((role) => h("label", { class: "role" },
      h("input", { type: "radio", name, value: role, checked: role === chosen, on: { change: () => change(role) } }),
      h("span", { class: "role-words" }, h("span", { class: "role-name" }, t(`role.${role}`)), h("span", { class: "role-text" }, t(`role.${role}_text`))))));
}
