/** One person, for admins. */

import { controlOf, h } from "../dom.js";
import { ago, languageOf } from "../format.js";
import { t } from "../i18n.js";

/** @import { PersonOut } from "../types.js" */

export const ROLES = /** @type {const} */ (["reader", "author", "admin"]);

/**
 * @param {PersonOut} person
 * @param {{isOwn: boolean, give: (role: string) => void, shut: () => void, reset: () => void, limit: () => void, erase: () => void}} acts
 */
export function personRow(person, { isOwn, give, shut, reset, limit, erase }) {
  const { name, login } = person;
  const seen = person.seen_at ? t("people.seen", { when: ago(person.seen_at) }) : t("people.never_seen");
  return h("li", { class: person.disabled_at ? "account-row is-person is-disabled" : "account-row is-person", data: { person: person.id } },
    h("div", { class: "account-row-body" },
      h("h3", {}, h("span", { lang: languageOf(name) }, name), " ",
        isOwn && h("span", { class: "tag tag-good" }, t("people.you")),
        person.disabled_at && h("span", { class: "tag tag-failed" }, t("people.disabled"))),
      h("p", { class: "field-hint" }, `${login} · ${seen}`)),
    h("div", { class: "account-tools" },
      h("select", {
        class: "input person-role", "aria-label": t("people.role_named", { name }), disabled: isOwn, on: { change: (event) => give(controlOf(event).value) },
      }, ROLES.map((role) => h("option", { value: role, selected: role === person.role }, t(`role.${role}`)))),
      h("button", { class: "button button-plain person-limits", type: "button", "aria-label": t("people.limits_named", { name }), on: { click: limit } }, t("people.limits")),
      !isOwn && h("button", { class: "button button-plain", type: "button", "aria-label": t("people.reset_named", { name }), on: { click: reset } }, t("people.reset")),
      !isOwn && h("button", {
        class: "button button-plain person-shut", type: "button", on: { click: shut },
        "aria-label": t(person.disabled_at ? "people.enable_named" : "people.disable_named", { name }),
      }, t(person.disabled_at ? "people.enable" : "people.disable")),
      !isOwn && h("button", { class: "button button-plain person-erase", type: "button", "aria-label": t("people.erase_named", { name }), on: { click: erase } }, t("people.erase"))));
}
