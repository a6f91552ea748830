/** The fields that override how a character's replies are sampled. */

import { h } from "../dom.js";
import { field } from "../field.js";
import { t } from "../i18n.js";

/** @import { SamplingOverrides } from "../types.js" */

/** Field, step, and bounds as the API has them. */
const SAMPLING = /** @type {const} */ ([
  ["temperature", { min: 0, max: 2, step: 0.05 }],
  ["top_p", { min: 0.01, max: 1, step: 0.01 }],
  ["top_k", { min: 0, max: 1_000, step: 1 }],
  ["min_p", { min: 0, max: 1, step: 0.01 }],
  ["repetition_penalty", { min: 0.5, max: 2, step: 0.01 }],
  ["max_tokens", { min: 1, max: 4_096, step: 1 }],
  ["seed", { min: 0, max: 2_147_483_647, step: 1 }],
]);

/** @param {SamplingOverrides} sampling */
export function samplingFields(sampling) {
  return h("div", { class: "sampling" }, SAMPLING.map(([name, bounds]) =>
    field({ label: t(`sampling.${name}`), name, type: "number", value: sampling[name] ?? "", ...bounds })));
}

/** @param {HTMLFormElement} form @returns {SamplingOverrides} */
export function readSampling(form) {
  const data = new FormData(form);
  const values = SAMPLING.map(([name]) => [name, data.get(name) === "" ? null : Number(data.get(name))]);
  return Object.fromEntries(values);
}
