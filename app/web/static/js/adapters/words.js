/** What is said about an adapter: whether it can speak, and what its audition found. */

import { h } from "../dom.js";
import { decimal, percent, signed } from "../format.js";
import { t } from "../i18n.js";

/** @import { Child } from "../dom.js" */
/** @import { AdapterForCharacter, AdapterOut, AdapterResult, IntervalOut } from "../types.js" */

/** Whether the engine speaks with it, and why not. @param {{status: AdapterOut["status"], detail: string}} adapter */
export function statusText({ status, detail }) {
  return [
    h("p", { class: `model-fit ${status === "served" ? "is-good" : "is-slow"}` },
      h("span", { class: "model-mark", "aria-hidden": "true" }), t(`adapters.status.${status}`)),
    status !== "served" && detail && h("p", { class: "field-hint", lang: "en" }, detail),
  ];
}

/** The adapter's name, or what stands for the model alone. @param {string} name */
export const nameOf = (name) => name || t("adapters.model_alone");

/** Why it cannot be promoted; null where it can. @param {AdapterForCharacter} adapter */
export function reasonText({ reason, failed, audition }) {
  if (reason === null) return null;
  if (reason === "audition_needed" && audition.status === "running") return t("adapters.reason.running");
  if (reason !== "adapter_not_better") return t(`adapters.reason.${reason}`);
  return [t("adapters.reason.adapter_not_better"), ...failed.map(({ figure }) => t(`adapters.failed.${figure}`))].join(" ");
}

/** The three comparisons, each as a sentence. @param {string} name @param {AdapterResult} result @returns {Child} */
export function sentences(name, result) {
  return h("ul", { class: "adapter-figures" }, [likelihood(result), speakers(name, result), copying(result)].map((text) => h("li", {}, text)));
}

/** @param {AdapterResult} result */
function likelihood({ differences: { bits_a_reply: gain }, replies }) {
  const harder = gain.high < 0;
  const key = gain.low > 0 ? "easier" : harder ? "harder" : "unsure";
  // "Harder by 3 bits", not by minus three.
  const [bits, low, high] = harder ? [-gain.value, -gain.high, -gain.low] : [gain.value, gain.low, gain.high];
  return t(`adapters.likelihood.${key}`, { replies, bits: decimal(bits), low: decimal(low), high: decimal(high) });
}

/** @param {string} name @param {AdapterResult} result */
function speakers(name, { adapter, in_force: other, differences: { right }, true_right: real }) {
  const key = right.low > 0 ? "better" : right.high < 0 ? "worse" : "unsure";
  return t(`adapters.speakers.${key}`, {
    name, own: percent(adapter.right.value), other: percent(other.right.value), real: percent(real), ...points(right),
  });
}

/** @param {AdapterResult} result */
function copying({ adapter, in_force: other, true_copied: real, most_copying: most }) {
  return t(adapter.copied.value > most ? "adapters.copying.too_much" : "adapters.copying.fine", {
    own: percent(adapter.copied.value), other: percent(other.copied.value), real: percent(real), most: percent(most),
  });
}

/** A difference of shares, in points of a hundred. @param {IntervalOut} of */
const points = ({ low, high }) => ({ low: signed(100 * low, 1), high: signed(100 * high, 1) });
