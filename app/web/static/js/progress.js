/** How far indexing has come. */

import { h } from "./dom.js";
import { secondsLeft } from "./format.js";
import { t } from "./i18n.js";

/** @import { IndexProgress } from "./types.js" */

/** @param {{done: number, total: number, seconds_left: number|null}|null} progress */
export function indexingProgress(progress) {
  const share = progress?.total ? progress.done / progress.total : 0;
  return h("div", {},
    meter(share, t("indexing.label")),
    h("p", { class: "progress-text" }, progressText(progress)));
}

/** @param {number} share @param {string} label */
export function meter(share, label) {
  return h("div", {
    class: "meter", role: "progressbar", "aria-label": label,
    "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(share * 100),
  }, h("div", { class: "meter-fill", vars: { "--share": share.toFixed(3) } }));
}

/** @param {IndexProgress|null} progress */
function progressText(progress) {
  if (!progress?.total) return t("indexing.waiting");
  const count = t("indexing.count", { done: progress.done, total: progress.total });
  return progress.seconds_left === null ? count : `${count} · ${secondsLeft(progress.seconds_left)}`;
}
