/** The limits of one person: the role's, or others that an admin sets. */

import { get, put } from "../api.js";
import { ask } from "../dialogs.js";
import { h } from "../dom.js";
import { field } from "../field.js";
import { t } from "../i18n.js";
import { amount } from "../usage/words.js";

/** @import { PersonLimit, PersonLimitsOut, PersonOut } from "../types.js" */

/** Storage is typed in megabytes, as sizes are shown. */
const MEGABYTE = 1024 ** 2;

/** @param {PersonOut} person @returns {Promise<boolean>} whether they were changed */
export async function askLimits(person) {
  const path = `/api/admin/people/${person.id}/limits`;
  /** @type {PersonLimitsOut} */
  const { items } = await get(path);
  const fields = items.map((limit) => ({ limit, node: limitField(limit) }));
  const sure = await ask({
    title: t("limits.title", { name: person.name }),
    content: h("div", { class: "limit-fields" }, h("p", { class: "field-hint" }, t("limits.hint")), fields.map(({ node }) => node)),
    action: t("save"),
  });
  if (!sure) return false;
  /** @type {Record<string, number|null>} */
  const wanted = {};
  for (const { limit, node } of fields) {
    const own = ownOf(limit, node);
    if (own !== undefined) wanted[limit.quota] = own;
  }
  await put(path, wanted);
  return true;
}

/** @param {PersonLimit} limit */
function limitField({ quota, limit, of_role: ofRole, is_own: isOwn, used }) {
  const unit = unitOf(quota);
  const role = ofRole === null ? t("limits.none_of_role") : t("limits.of_role", { limit: amount(quota, ofRole) });
  const hint = used === null ? role : t("limits.both", { role, used: t("limits.used", { used: amount(quota, used) }) });
  const box = h("input", { type: "checkbox", name: `${quota}-none`, checked: isOwn && limit === null });
  const node = h("div", { class: "limit-field" },
    field({
      label: t(`limits.${quota}`), name: quota, type: "number", inputmode: "numeric",
      min: 0, step: unit === 1 ? 1 : "any", hint, value: isOwn && limit !== null ? shown(limit / unit) : "", disabled: isOwn && limit === null,
    }),
    h("label", { class: "check" }, box, h("span", {}, t("limits.none"), h("span", { class: "visually-hidden" }, ` (${t(`limits.${quota}`)})`))));
  box.addEventListener("change", () => {
    const input = node.querySelector("input[type=number]");
    if (input instanceof HTMLInputElement) input.disabled = box.checked;
  });
  return node;
}

/** Without more digits than anyone types. @param {number} value */
const shown = (value) => Number(value.toFixed(2));

/** What was set: null for no limit, undefined for the role's. @param {PersonLimit} limit @param {HTMLElement} node */
function ownOf({ quota }, node) {
  const [typed, box] = node.querySelectorAll("input");
  if (box?.checked) return null;
  const text = typed?.value.trim() ?? "";
  return text === "" ? undefined : Math.round(Number(text) * unitOf(quota));
}

/** @param {PersonLimit["quota"]} quota */
const unitOf = (quota) => (quota === "storage_bytes" ? MEGABYTE : 1);
