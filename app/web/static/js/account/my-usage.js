/** What one has used today of one's limits, and in the last thirty days. */

import { get } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { csvLink, usageFigures } from "../usage/figures.js";
import { limitText } from "../usage/words.js";

/** @import { QuotaOut, UsageReport } from "../types.js" */

const PATH = "/api/me/usage";

/** @param {AbortSignal} signal @returns {Promise<HTMLElement>} */
export async function myUsage(signal) {
  /** @type {UsageReport} */
  const report = await get(PATH, signal);
  const { limits } = report;
  return h("section", { class: "account-section", id: "usage" },
    h("h2", { class: "account-heading" }, t("usage.title")),
    h("p", { class: "field-hint" }, t(limits.length ? "usage.hint" : "usage.unlimited")),
    limits.length > 0 && h("dl", { class: "usage-limits" }, limits.map(limitRow)),
    h("h3", {}, t("usage.last_days")),
    usageFigures(report),
    h("div", { class: "actions" }, csvLink(`${PATH}/csv`)));
}

/** @param {QuotaOut} limit */
function limitRow(limit) {
  const share = limit.limit === 0 ? 1 : Math.min(1, limit.used / limit.limit);
  return h("div", { class: limit.left === 0 ? "usage-limit is-full" : "usage-limit" },
    h("dt", {}, t(`quota.${limit.quota}`)),
    h("dd", {}, limitText(limit), h("div", { class: "meter", "aria-hidden": "true" }, h("div", { class: "meter-fill", vars: { "--share": share } }))));
}
