/** What was used: sums, a chart, and the same in a table. */

import { h } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { usageChart } from "./chart.js";
import { dayText, sumText, tokensOf } from "./words.js";

/** @import { UsageDayOut, UsageSums } from "../types.js" */

const COLUMNS = /** @type {const} */ (["turns", "prompt_tokens", "cached_tokens", "completion_tokens"]);

/** @param {{first_day: string, last_day: string, totals: UsageSums, days: UsageDayOut[]}} report */
export function usageFigures(report) {
  const used = report.days.filter((day) => tokensOf(day) > 0);
  if (used.length === 0) return h("p", { class: "field-hint" }, t("usage.none"));
  return h("div", { class: "usage-figures" },
    h("p", {}, sumText(report.totals)),
    h("figure", { class: "usage-drawing" },
      usageChart(report),
      h("figcaption", { class: "usage-legend" },
        h("span", { class: "usage-key is-reply" }, t("usage.completion_tokens")),
        h("span", { class: "usage-key is-prompt" }, t("usage.prompt_tokens")))),
    h("details", { class: "usage-details" },
      h("summary", {}, t("usage.as_table")),
      dayTable(used)));
}

/** @param {UsageDayOut[]} days */
function dayTable(days) {
  const head = h("tr", {}, h("th", { scope: "col" }, t("usage.day_utc")), COLUMNS.map((name) => h("th", { scope: "col", class: "is-number" }, t(`usage.${name}`))));
  const rows = days.toReversed().map((day) => h("tr", {},
    h("th", { scope: "row" }, dayText(day.day)),
    COLUMNS.map((name) => h("td", { class: "is-number" }, number(day[name])))));
  return h("div", { class: "usage-table", tabindex: 0, role: "region", "aria-label": t("usage.as_table") },
    h("table", {}, h("thead", {}, head), h("tbody", {}, rows)));
}

/** A link that saves a report as CSV. @param {string} href */
export const csvLink = (href) => h("a", { class: "button", href, download: "" }, t("usage.csv"));
