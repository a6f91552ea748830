/** "Audition": how well a character's lines are chosen, measured in the background on request. */

import { get, post } from "../api.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { percent } from "../format.js";
import { t } from "../i18n.js";
import { meter } from "../progress.js";
import { repeat } from "../timing.js";
import { auditionResult } from "./audition-result.js";

/** @import { AuditionOut } from "../types.js" */

const POLL_MS = 1_000;

/** @param {{path: string, first: AuditionOut, signal: AbortSignal}} options */
export function audition({ path, first, signal }) {
  const state = h("div", { class: "audition-state", role: "status" });
  const result = h("div", {});
  const complaint = h("div", {});
  const button = h("button", { class: "button", type: "button", on: { click: () => begin() } });

  /** @param {AuditionOut} current */
  const draw = (current) => {
    const running = current.status === "running";
    button.disabled = running;
    button.textContent = t(current.result ? "audition.again" : "audition.begin");
    fill(state, running ? progress(current.progress ?? 0) : trouble(current));
    const of = current.finished_at ?? "";
    if (result.dataset.of !== of) {
      fill(result, current.result && auditionResult({ result: current.result, finished_at: current.finished_at }));
      result.dataset.of = of;
    }
    return running;
  };
  const follow = () => repeat(async () => {
    /** @type {AuditionOut|null} */
    const fresh = await get(path, signal).catch(() => null);
    return fresh && !draw(fresh) ? null : POLL_MS;
  }, signal);
  const begin = async () => {
    fill(complaint);
    button.disabled = true;
    try {
      if (draw(await post(path))) follow();
    } catch (error) {
      button.disabled = false;
      fill(complaint, h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  if (draw(first)) follow();
  return h("section", { class: "audition" },
    h("h2", { class: "eyebrow" }, t("audition.heading")),
    h("p", { class: "inspector-text" }, t("audition.text")),
    h("div", { class: "actions" }, button),
    complaint, state, result);
}

/** @param {number} share */
function progress(share) {
  return [meter(share, t("audition.running")), h("p", { class: "progress-text" }, t("audition.running"), " ", percent(share))];
}

/** @param {AuditionOut} audition */
function trouble({ status, error }) {
  if (status === "interrupted") return h("p", { class: "field-error" }, t("audition.interrupted"));
  if (status === "failed") return h("p", { class: "field-error" }, t("audition.failed"), " ", h("span", { lang: "en" }, error));
  return null;
}
