/** The result of the proof meter: a sentence, and what was compared behind it. */

import { h } from "../dom.js";
import { moment, signed } from "../format.js";
import { t } from "../i18n.js";
import { headline, intervalText, narrowed } from "../proof-words.js";

/** @import { DifferenceOut, ProofOut } from "../types.js" */

/** @typedef {{name: string, result: ProofOut, at: string|null}} Shown */

/** @param {Shown} shown */
export function proofResult({ name, result, at }) {
  const { rag } = result;
  const helps = rag.is_significant && rag.bits_a_reply.value > 0;
  return h("div", { class: "audition-result" },
    h("p", { class: "audition-verdict" },
      headline(name, result.replies, rag),
      helps && [" ", narrowed(rag.bits_a_reply.value)]),
    h("details", { class: "proof-details" },
      h("summary", {}, t("proof.compared")),
      bars(name, result),
      gains(result),
      h("p", { class: "field-hint" }, t("proof.not_taste")),
      h("p", { class: "field-hint" }, t("proof.measured", {
        replies: result.replies, scenes: result.scenes, at: at && moment(at),
        model: result.model, mode: t(`mode.${result.mode}`),
      }))));
}

/** How far each prompt is above the profile alone. @param {string} name @param {ProofOut} result */
function bars(name, { rag, own, other }) {
  const rows = [
    { label: t("proof.row_chosen"), of: rag, control: false },
    { label: t("proof.row_own", { name }), of: own, control: true },
    ...(other ? [{ label: t("proof.row_other"), of: other, control: true }] : []),
  ];
  const scale = scaleOf(rows.map((row) => row.of));
  return h("table", { class: "audition-table" },
    h("caption", { class: "proof-caption" }, t("proof.caption")),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("proof.shown")), h("th", { scope: "col" }, t("proof.bits")))),
    h("tbody", {},
      h("tr", { class: "is-control" }, h("th", { scope: "row" }, t("proof.row_none")), h("td", { data: { label: t("proof.bits") } }, t("proof.zero"))),
      rows.map(({ label, of, control }) => h("tr", { class: control ? "is-control" : null },
        h("th", { scope: "row" }, label),
        h("td", { data: { label: t("proof.bits") } }, figure(of), bar(of, scale))))));
}

/** What the parts of it are. @param {ProofOut} result */
function gains({ lift, voice, without_copied: without, copied }) {
  return h("dl", { class: "audition-legend" },
    h("dt", {}, t("proof.lift")), h("dd", {}, figure(lift)),
    voice && [h("dt", {}, t("proof.voice")), h("dd", {}, figure(voice))],
    copied > 0 && without && [h("dt", {}, t("proof.without_copied", { n: copied })), h("dd", {}, figure(without))]);
}

/** @param {DifferenceOut} of */
function figure(of) {
  const value = of.bits_a_reply.value;
  return h("span", { class: "audition-value" }, signed(value, Math.abs(value) < 10 ? 1 : 0), " ",
    h("span", { class: "audition-interval" }, intervalText(of.bits_a_reply), !of.is_significant && ` ${t("proof.not_shown")}`));
}

/** @param {DifferenceOut[]} all @returns {(value: number) => number} */
function scaleOf(all) {
  const low = Math.min(0, ...all.map((of) => of.bits_a_reply.low));
  const high = Math.max(1, ...all.map((of) => of.bits_a_reply.high));
  return (value) => (value - low) / (high - low);
}

/** The bar from zero, the line over it from low to high. @param {DifferenceOut} of @param {(value: number) => number} scale */
function bar({ bits_a_reply: { value, low, high } }, scale) {
  const [start, end] = [scale(0), scale(value)].sort((a, b) => a - b);
  const vars = { "--start": start, "--end": end, "--low": scale(low), "--high": scale(high), "--zero": scale(0) };
  return h("span", { class: "audition-bar", "aria-hidden": "true", vars });
}
