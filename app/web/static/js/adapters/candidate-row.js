/** An adapter that a character could speak with: its audition, and what can be done. */

import { post, remove } from "../api.js";
import { fill, h, uniqueId } from "../dom.js";
import { bytes, moment, percent } from "../format.js";
import { t } from "../i18n.js";
import { meter } from "../progress.js";
import { toast } from "../toast.js";
import { auditionPath, pathOf } from "./paths.js";
import { nameOf, reasonText, sentences, statusText } from "./words.js";

/** @import { Child } from "../dom.js" */
/** @import { AdapterAuditionOut, AdapterForCharacter, AdapterResult, CharacterAdapters } from "../types.js" */

/** @typedef {(work: () => Promise<CharacterAdapters|null>) => Promise<void>} Attempt does something and shows what came of it */

/** @param {{name: string, slug: string, item: AdapterForCharacter, attempt: Attempt}} options */
export function candidateRow({ name, slug, item, attempt }) {
  const { audition, reason } = item;
  const inForce = reason === "adapter_in_force";
  const why = uniqueId("why");
  const reasons = reasonText(item);
  const running = audition.status === "running";
  const path = auditionPath(slug, item.name);
  const promote = async () => {
    /** @type {CharacterAdapters} */
    const fresh = await post(`${pathOf(slug)}/promote`, { adapter: item.name });
    toast(t("adapters.promoted", { name, adapter: item.name }));
    return fresh;
  };
  const hear = async () => {
    await (running ? remove(path) : post(path));
    return null;
  };
  return h("li", { class: inForce ? "adapter is-in-force" : "adapter" },
    h("h3", { lang: "en" }, item.name, inForce && [" ", h("span", { class: "tag tag-good" }, t("adapters.in_force_tag"))]),
    h("p", { class: "model-facts", lang: "en" }, [item.base, t("adapters.rank", { n: item.rank }), bytes(item.size)].join(" · ")),
    statusText(item),
    h("div", { class: "adapter-state", role: "status" }),
    audition.result && heard(name, audition, audition.result),
    !inForce && h("div", { class: "actions" },
      h("button", {
        class: "button", type: "button", disabled: !running && item.status !== "served", on: { click: () => attempt(hear) },
        "aria-label": t("adapters.named", { action: t(labelOf(audition)), adapter: item.name }),
      }, t(labelOf(audition))),
      h("button", {
        class: "button button-primary", type: "button", disabled: reason !== null, "aria-describedby": reasons && why,
        "aria-label": t("adapters.named", { action: t("adapters.promote"), adapter: item.name }), on: { click: () => attempt(promote) },
      }, t("adapters.promote"))),
    !inForce && reasons && h("p", { class: "field-hint", id: why }, reasons));
}

/** Shows how far an audition is, without drawing the row anew. @param {Element|null} row @param {AdapterForCharacter} item */
export function drawCandidate(row, { audition }) {
  const box = row?.querySelector(".adapter-state");
  if (!box) return;
  const running = audition.status === "running";
  // Its beginning and its end are read aloud, not every second between.
  box.setAttribute("aria-busy", String(running));
  if (!running) {
    if (!box.childElementCount || box.querySelector(".meter")) fill(box, trouble(audition));
    return;
  }
  const share = audition.progress ?? 0;
  fill(box, meter(share, t("adapters.running")), h("p", { class: "progress-text" }, t("adapters.running"), " ", percent(share)));
}

/** @param {AdapterAuditionOut} audition */
function labelOf({ status, result }) {
  if (status === "running") return "adapters.stop";
  return result ? "adapters.again" : "adapters.begin";
}

/** @param {AdapterAuditionOut} audition @returns {Child} */
function trouble({ status, error_code: code, error }) {
  if (status === "interrupted") return h("p", { class: "field-error" }, t("adapters.interrupted"));
  if (status !== "failed") return null;
  if (code === "engine_cannot_score" || code === "too_few_held_out") return h("p", { class: "field-error" }, t(`adapters.failed_${code}`), " ", h("span", { lang: "en" }, error));
  return h("p", { class: "field-error" }, t("adapters.failed"), " ", h("span", { lang: "en" }, error));
}

/** @param {string} name @param {AdapterAuditionOut} audition @param {AdapterResult} result */
function heard(name, { against, finished_at: at }, result) {
  return h("div", { class: "audition-result" },
    h("p", {}, t("adapters.heard", { against: nameOf(against ?? "") })),
    sentences(name, result),
    h("details", { class: "proof-details" },
      h("summary", {}, t("adapters.samples")),
      result.samples.map((sample) => h("dl", { class: "adapter-sample" },
        h("dt", {}, t("adapters.sample.before")), h("dd", {}, sample.said_before),
        h("dt", {}, t("adapters.sample.true")), h("dd", {}, sample.true),
        h("dt", {}, t("adapters.sample.adapter")), h("dd", {}, sample.adapter),
        h("dt", {}, nameOf(against ?? "")), h("dd", {}, sample.in_force)))),
    h("p", { class: "field-hint" }, t(result.trained_here ? "adapters.measured" : "adapters.measured_elsewhere", {
      replies: result.replies, written: result.written, scenes: result.scenes, model: result.model, at: at && moment(at),
    })));
}
