/** "Proof meter": whether a character's own lines help, measured in the background on request. */

import { get, post, remove } from "../api.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { percent, secondsLeft } from "../format.js";
import { t } from "../i18n.js";
import { meter } from "../progress.js";
import { repeat } from "../timing.js";
import { proofResult } from "./proof-result.js";

/** @import { LikelihoodAuditionOut, LikelihoodCost, MeasurementError } from "../types.js" */

const POLL_MS = 1_000;
const MINUTES_AN_HOUR = 60;
const AWAY = ["engine_unavailable", "engine_overloaded", "engine_timeout"];

/** @param {{name: string, path: string, first: LikelihoodAuditionOut, signal: AbortSignal}} options */
export function proof({ name, path, first, signal }) {
  const state = h("div", { class: "audition-state", role: "status" });
  const cost = h("p", { class: "field-hint" });
  const result = h("div", {});
  const complaint = h("div", {});
  let running = false;
  let following = false;
  // One button for both, so that the keyboard's focus stays where it is.
  const button = h("button", { class: "button", type: "button", on: { click: () => act() } });

  /** @param {LikelihoodAuditionOut} current */
  const draw = (current) => {
    running = current.status === "running";
    const scarce = !running && !current.cost;
    button.hidden = scarce;
    button.textContent = t(running ? "proof.stop" : labelOf(current));
    fill(state, running ? progress(current) : trouble(current));
    // Its beginning and its end are read aloud, not every second between.
    state.setAttribute("aria-busy", String(running));
    fill(cost, scarce ? t("proof.too_few") : current.cost && costText(current.cost));
    const of = current.finished_at ?? "";
    if (result.dataset.of !== of) {
      fill(result, current.result && proofResult({ name, result: current.result, at: current.finished_at }));
      result.dataset.of = of;
    }
    if (running) follow();
  };
  const follow = () => {
    if (following) return;
    following = true;
    repeat(async () => {
      /** @type {LikelihoodAuditionOut|null} */
      const fresh = await get(path, signal).catch(() => null);
      if (fresh) draw(fresh);
      if (!fresh || running) return POLL_MS;
      following = false;
      return null;
    }, signal);
  };
  const act = async () => {
    fill(complaint);
    button.disabled = true;
    try {
      draw(running ? await remove(path) : await post(path));
    } catch (error) {
      fill(complaint, h("p", { class: "field-error", role: "alert" }, explain(error)));
    } finally {
      const had = document.activeElement === document.body;
      button.disabled = false;
      if (had) button.focus();
    }
  };
  draw(first);
  return h("section", { class: "audition proof", "aria-labelledby": "proof-heading" },
    h("h2", { class: "eyebrow", id: "proof-heading" }, t("proof.heading")),
    h("p", { class: "inspector-text" }, t("proof.text", { name })),
    cost,
    h("div", { class: "actions" }, button),
    complaint, state, result);
}

/** @param {LikelihoodAuditionOut} current */
function labelOf({ status, result }) {
  if (status === "stopped" || status === "interrupted" || status === "failed") return "proof.go_on";
  return result ? "proof.again" : "proof.measure";
}

/** @param {LikelihoodAuditionOut} current */
function progress({ progress: share, minutes_left: minutes }) {
  const left = minutes === null ? "" : ` · ${secondsLeft(minutes * 60)}`;
  return [
    meter(share ?? 0, t("proof.running")),
    h("p", { class: "progress-text" }, t("proof.running"), " ", percent(share ?? 0), left),
    h("p", { class: "field-hint" }, t("proof.between")),
  ];
}

/** @param {LikelihoodCost} cost */
function costText({ replies, scores, tokens, minutes }) {
  return [t("proof.cost", { replies, scores, tokens: rounded(tokens) }), " ", duration(minutes)];
}

/** @param {number|null} minutes */
function duration(minutes) {
  if (minutes === null) return t("proof.minutes_unknown");
  if (minutes < MINUTES_AN_HOUR) return t("proof.minutes", { n: Math.max(1, Math.round(minutes)) });
  return t("proof.hours", { n: Math.round((minutes / MINUTES_AN_HOUR) * 10) / 10 });
}

/** To two digits: more would promise too much. @param {number} tokens */
function rounded(tokens) {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, tokens))) - 1);
  return Math.round(tokens / unit) * unit;
}

/** @param {LikelihoodAuditionOut} current */
function trouble({ status, error }) {
  if (status === "stopped" || status === "interrupted") return h("p", { class: "inspector-text" }, t(`proof.${status}`));
  return status === "failed" && error ? failure(error) : null;
}

/** @param {MeasurementError} error */
function failure({ code, message }) {
  const known = code === "engine_cannot_score" || code === "nothing_to_ask" ? code : AWAY.includes(code) ? "away" : null;
  if (known) return h("p", { class: "field-error" }, t(`proof.failed_${known}`));
  return h("p", { class: "field-error" }, t("proof.failed"), " ", h("span", { lang: "en" }, message));
}
