/** `/admin/engine`: which model answers and how it does; asks again by itself, gently. */

import { get } from "../api.js";
import { controlOf, fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { clock, decimal, milliseconds, number, percent } from "../format.js";
import { t } from "../i18n.js";
import { meter } from "../progress.js";
import { repeat } from "../timing.js";
import { failures, figures, maybe, part, processes, servers } from "./engine-parts.js";

/** @import { Params, View } from "../router.js" */
/** @import { EngineHealth } from "../types.js" */

const PATH = "/api/admin/engine";
const POLL_MS = 5_000;

/** Whether the page asks again by itself; kept for this visit. */
const kept = { isFresh: true };

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function enginePage(_params, signal) {
  /** @type {EngineHealth} */
  let health = await get(PATH, signal);
  let readAt = new Date().toISOString();
  const body = h("div", { class: "engine" });
  const state = h("div", { class: "engine-state", role: "status" });
  const foot = h("p", { class: "field-hint" });
  const problem = h("p", { class: "field-error", role: "alert" });
  let said = "";
  const draw = () => {
    // Announced only where it changes.
    const words = `${health.ready} ${health.engine.state} ${health.engine.detail}`;
    if (words !== said) fill(state, stateOf(health));
    said = words;
    fill(body, queue(health), replies(health), failures(health), servers(health), processes(health));
    fill(foot, t("engine.read_at", { time: clock(readAt) }));
  };
  draw();
  repeat(async () => {
    if (!kept.isFresh || document.hidden) return POLL_MS;
    try {
      health = await get(PATH, signal);
      readAt = new Date().toISOString();
      problem.textContent = "";
      draw();
    } catch (error) {
      if (signal.aborted) throw error;
      problem.textContent = explain(error);
    }
    return POLL_MS;
  }, signal);
  const fresh = h("label", { class: "check" },
    h("input", { type: "checkbox", checked: kept.isFresh, on: { change: (event) => { kept.isFresh = controlOf(event).checked; } } }), t("engine.refresh"));
  return {
    title: t("engine.title"),
    node: h("div", { class: "view admin" },
      h("div", { class: "admin-head" }, h("h1", {}, t("engine.title")), h("div", { class: "engine-fresh" }, fresh, foot)),
      problem, state, body),
  };
}

/** @param {EngineHealth} health */
function stateOf({ engine, ready, context_length: context }) {
  const kind = ready ? "ready" : engine.state === "ready" ? "unavailable" : engine.state;
  return [
    h("p", { class: `engine-verdict is-${ready ? "good" : "bad"}` }, h("span", { class: "engine-mark" }), h("strong", {}, t(`engine.state.${kind}`)),
      h("span", { class: "engine-model" }, engine.model || t("engine.no_model"))),
    h("p", { class: "field-hint" }, t(`engine.kind.${engine.kind}`), context !== null && [" · ", t("engine.context", { n: context })]),
    !ready && engine.detail && h("p", { class: "engine-detail", lang: "en" }, engine.detail),
  ];
}

/** @param {EngineHealth} health */
function queue({ queue: now }) {
  const share = now.most_running ? now.running / now.most_running : 0;
  return part(t("engine.queue"), "here",
    figures([
      [t("engine.running"), t("engine.of", { n: number(now.running), most: number(now.most_running) })],
      [t("engine.waiting"), t("engine.of", { n: number(now.waiting), most: number(now.most_waiting) })],
      [t("engine.refused"), number(now.refused)],
    ]),
    meter(Math.min(1, share), t("engine.slots")),
    h("p", { class: "field-hint" }, t("engine.queue_hint", { share: percent(Math.min(1, share)) })));
}

/** @param {EngineHealth} health */
function replies({ replies: now }) {
  return part(t("engine.replies", { n: Math.round(now.seconds / 60) }), "all",
    now.replies === 0
      ? h("p", { class: "field-hint" }, t("engine.no_replies"))
      : figures([
        [t("engine.count"), number(now.replies)],
        [t("engine.cut_off"), number(now.cut_off)],
        [t("engine.first_token"), maybe(now.first_token_ms, milliseconds)],
        [t("engine.first_token_slow"), maybe(now.first_token_slow_ms, milliseconds)],
        [t("engine.rate"), maybe(now.tokens_per_second, decimal)],
      ]),
    h("p", { class: "field-hint" }, t("engine.replies_hint")));
}
