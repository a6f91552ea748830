/** The result of an audition: a table whose cells are the bars of its chart. */

import { controlOf, fill, h } from "../dom.js";
import { choice, field } from "../field.js";
import { moment, number, percent, signed } from "../format.js";
import { t } from "../i18n.js";

/** @import { Child } from "../dom.js" */
/** @import { AuditionResult, FiguresOut, IntervalOut } from "../types.js" */

const ROWS = /** @type {const} */ (["selector", "fused", "reference", "static"]);
const SHARES = /** @type {const} */ (["gap_share", "lift_share"]);
const LEGEND = /** @type {const} */ (["gap_share", "lift_share", "known"]);
const BUDGET = "1000";

/** @param {{result: AuditionResult, finished_at: string|null}} audition */
export function auditionResult({ result, finished_at: at }) {
  const budgets = Object.keys(result.budgets);
  const box = h("div", {});
  /** @param {string} budget */
  const draw = (budget) => fill(box, figures(result, result.budgets[budget]));
  const first = budgets.includes(BUDGET) ? BUDGET : budgets[0];
  draw(first);
  return h("div", { class: "audition-result" },
    h("p", { class: "field-hint" },
      t("audition.measured", { questions: result.questions, scenes: result.scenes, at: at && moment(at), embedder: result.embedder, recipe: result.recipe }),
      result.scenes < result.of_scenes && ` ${t("audition.sampled", { of: number(result.of_scenes) })}`),
    field({
      label: t("audition.budget"), name: "budget", value: first,
      control: choice(budgets.map((budget) => [budget, t("audition.tokens", { n: number(Number(budget)) })])),
      on: { change: (event) => draw(controlOf(event).value) },
    }),
    box);
}

/** @param {AuditionResult} result @param {Record<string, FiguresOut>} byMode @returns {Child} */
function figures(result, byMode) {
  // Even the best choice is no better than chance when all lines fit the budget.
  if (byMode.oracle.gap_share.value === 0) return h("p", { class: "notice" }, t("audition.all_fits"));
  const scale = scaleOf(byMode);
  return [
    verdict(byMode.selector),
    h("table", { class: "audition-table" },
      h("caption", { class: "visually-hidden" }, t("audition.caption")),
      h("thead", {}, h("tr", {},
        h("th", { scope: "col" }, t("audition.way")),
        SHARES.map((share) => h("th", { scope: "col" }, t(`audition.${share}`))),
        h("th", { scope: "col" }, t("audition.known")),
        h("th", { scope: "col" }, t("audition.replies")))),
      h("tbody", {}, ROWS.map((row) => h("tr", { class: row === "static" ? "is-control" : null },
        h("th", { scope: "row" }, t(row === "static" ? "audition.static" : `mode.${row}`)),
        SHARES.map((share) => barCell(byMode[row][share], scale, t(`audition.${share}`))),
        h("td", { data: { label: t("audition.known") } }, result.known_items[row] ? percent(result.known_items[row].value) : "–"),
        h("td", { data: { label: t("audition.replies") } }, byMode[row].replies.toFixed(1)))))),
    h("dl", { class: "audition-legend" }, LEGEND.map((name) => [h("dt", {}, t(`audition.${name}`)), h("dd", {}, t(`audition.${name}_text`))])),
    h("p", { class: "field-hint" }, t("audition.intervals")),
  ];
}

/** The gain over the reference mode in a sentence, or that it is within the error. @param {FiguresOut} figures */
function verdict({ lift_over_reference: over }) {
  if (!over) return null;
  const key = over.low > 0 ? "better" : over.high < 0 ? "worse" : "unsure";
  return h("p", { class: "audition-verdict" }, t(`audition.${key}`, { points: points(over.value), low: points(over.low), high: points(over.high) }));
}

/** @param {number} share */
const points = (share) => signed(share * 100);

/**
 * From the lowest to the highest value that is drawn, zero among them.
 * @param {Record<string, FiguresOut>} byMode
 * @returns {(value: number) => number}
 */
function scaleOf(byMode) {
  const all = ROWS.flatMap((row) => SHARES.flatMap((share) => [byMode[row][share].low, byMode[row][share].high]));
  const low = Math.min(0, ...all);
  const high = Math.max(0.2, ...all);
  return (value) => (value - low) / (high - low);
}

/**
 * The value, its interval, and both drawn: the bar from zero, the line from low to high.
 * @param {IntervalOut} interval
 * @param {(value: number) => number} scale
 * @param {string} label
 */
function barCell({ value, low, high }, scale, label) {
  const [start, end] = [scale(0), scale(value)].sort((a, b) => a - b);
  const vars = { "--start": start, "--end": end, "--low": scale(low), "--high": scale(high), "--zero": scale(0) };
  return h("td", { data: { label } },
    h("span", { class: "audition-value" }, percent(value), " ", h("span", { class: "audition-interval" }, t("audition.interval", { low: percent(low), high: percent(high) }))),
    h("span", { class: "audition-bar", "aria-hidden": "true", vars }));
}
