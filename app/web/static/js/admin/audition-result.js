/** What an audition found: a table whose cells are the bars of its chart. */

import { fill, h } from "../dom.js";
import { choice, field } from "../field.js";
import { moment, number, percent, signed } from "../format.js";
import { t } from "../i18n.js";

const MODES = ["selector", "fused", "reference"];
const ROWS = [...MODES, "static"];
const SHARES = ["gap_share", "lift_share"];
const BUDGET = "1000";

/** @param {{result: object, finished_at: string}} audition AuditionOut with a result */
export function auditionResult({ result, finished_at: at }) {
  const budgets = Object.keys(result.budgets);
  const box = h("div", {});
  const draw = (budget) => fill(box, figures(result, result.budgets[budget]));
  const first = budgets.includes(BUDGET) ? BUDGET : budgets[0];
  draw(first);
  return h("div", { class: "audition-result" },
    h("p", { class: "field-hint" },
      t("audition.measured", { questions: number(result.questions), scenes: number(result.scenes), at: moment(at), embedder: result.embedder, recipe: result.recipe }),
      result.scenes < result.of_scenes && ` ${t("audition.sampled", { of: number(result.of_scenes) })}`),
    field({
      label: t("audition.budget"), name: "budget", value: first,
      control: choice(budgets.map((budget) => [budget, t("audition.tokens", { n: number(Number(budget)) })])),
      on: { change: (event) => draw(event.target.value) },
    }),
    box);
}

function figures(result, byMode) {
  // Where even the best choice is no better than chance, all there is fits.
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
      h("tbody", {}, ROWS.map((row) => h("tr", { class: MODES.includes(row) ? null : "is-control" },
        h("th", { scope: "row" }, t(MODES.includes(row) ? `mode.${row}` : `audition.${row}`)),
        SHARES.map((share) => barCell(byMode[row][share], scale, t(`audition.${share}`))),
        h("td", { data: { label: t("audition.known") } }, result.known_items[row] ? percent(result.known_items[row].value) : "–"),
        h("td", { data: { label: t("audition.replies") } }, byMode[row].replies.toFixed(1)))))),
    h("dl", { class: "audition-legend" }, [...SHARES, "known"].map((name) => [h("dt", {}, t(`audition.${name}`)), h("dd", {}, t(`audition.${name}_text`))])),
    h("p", { class: "field-hint" }, t("audition.intervals")),
  ];
}

/** What choosing with care brings, in a sentence; honest where it cannot be told. */
function verdict({ lift_over_reference: over }) {
  const key = over.low > 0 ? "better" : over.high < 0 ? "worse" : "unsure";
  return h("p", { class: "audition-verdict" }, t(`audition.${key}`, { points: points(over.value), low: points(over.low), high: points(over.high) }));
}

const points = (share) => signed(share * 100);

/** From the lowest to the highest value that is drawn, zero among them. */
function scaleOf(byMode) {
  const all = ROWS.flatMap((row) => SHARES.flatMap((share) => [byMode[row][share].low, byMode[row][share].high]));
  const low = Math.min(0, ...all);
  const high = Math.max(0.2, ...all);
  return (value) => (value - low) / (high - low);
}

/** The value, its interval, and both drawn: the bar from zero, the line from low to high. */
function barCell({ value, low, high }, scale, label) {
  const [start, end] = [scale(0), scale(value)].sort((a, b) => a - b);
  const vars = { "--start": start, "--end": end, "--low": scale(low), "--high": scale(high), "--zero": scale(0) };
  return h("td", { data: { label } },
    h("span", { class: "audition-value" }, percent(value), " ", h("span", { class: "audition-interval" }, t("audition.interval", { low: percent(low), high: percent(high) }))),
    h("span", { class: "audition-bar", "aria-hidden": "true", vars }));
}
