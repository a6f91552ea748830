/** How far the writing of a character's scene memories is, or what it would cost. */

import { h } from "../dom.js";
import { number, secondsLeft } from "../format.js";
import { t } from "../i18n.js";
import { meter } from "../progress.js";

/** @import { Child } from "../dom.js" */
/** @import { SceneMemoryRun } from "../types.js" */

/** @param {SceneMemoryRun} run @returns {Child} */
export function runState(run) {
  if (run.scenes === 0) return h("p", { class: "field-hint" }, t("scene_memories.no_scenes"));
  if (run.status === "running" || run.status === "waiting") return progress(run);
  return [
    run.status === "failed" && h("p", { class: "field-error" }, t("scene_memories.failed"), " ", h("span", { lang: "en" }, run.error)),
    run.failed > 0 && h("p", { class: "field-hint" }, t("scene_memories.unusable", { n: run.failed })),
    run.remembered < run.scenes ? h("p", { class: "field-hint" }, cost(run)) : h("p", { class: "field-hint" }, t("scene_memories.complete", { n: run.scenes })),
    run.outdated > 0 && h("p", { class: "field-hint" }, t("scene_memories.outdated", { n: run.outdated })),
  ];
}

/** @param {SceneMemoryRun} run */
function progress(run) {
  const share = run.total ? run.done / run.total : 0;
  const count = t("scene_memories.count", { done: run.done, total: run.total });
  return [
    meter(share, t("scene_memories.running")),
    h("p", { class: "progress-text" },
      run.seconds_left === null ? count : `${count} · ${secondsLeft(run.seconds_left)}`,
      run.failed > 0 && ` · ${t("scene_memories.failed_count", { n: run.failed })}`),
    h("p", { class: "field-hint" }, t("scene_memories.yields")),
  ];
}

/** @param {SceneMemoryRun} run */
function cost({ scenes, remembered, tokens_left: tokens, seconds_left: seconds }) {
  const text = t("scene_memories.cost", { n: scenes - remembered, tokens: number(rounded(tokens)) });
  return seconds === null ? text : `${text} ${t("scene_memories.cost_time", { n: Math.max(1, Math.round(seconds / 60)) })}`;
}

/** To two digits, for it is an estimate. @param {number} tokens */
const rounded = (tokens) => Number(tokens.toPrecision(2));
