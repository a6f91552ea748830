/** The end of a rehearsal: how it went, and what to do next. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { knownMeter } from "./link.js";

/** @import { Tried } from "./run.js" */
/** @import { PartOut, RehearsedLineOut } from "../types.js" */

/**
 * @param {PartOut} part
 * @param {Tried[]} tried
 * @param {{over: (lines: RehearsedLineOut[]) => void, onward: (() => void)|null, back: () => void}} acts
 */
export function summary(part, tried, { over, onward, back }) {
  const stumbled = tried.filter(({ rating }) => rating === "again" || rating === "hard").map(({ line }) => line);
  const right = tried.filter(({ rating }) => rating === "good").length;
  const counts = { n: tried.length, right, stumbled: stumbled.length, read: tried.length - right - stumbled.length };
  return h("section", { class: "learn-summary" },
    h("h1", { tabindex: -1 }, t("learn.summary")),
    h("p", { class: "learn-counts", role: "status" }, tried.length > 0 ? t("learn.summary_counts", counts) : t("learn.summary_none")),
    knownMeter(part),
    h("div", { class: "learn-buttons learn-ends" },
      h("button", { class: stumbled.length > 0 ? "button" : "button button-primary", type: "button", on: { click: back } }, t("learn.back")),
      onward && h("button", { class: "button", type: "button", on: { click: onward } }, t("learn.go_on")),
      stumbled.length > 0 && h("button", { class: "button button-primary", type: "button", on: { click: () => over(stumbled) } }, t("learn.over", { n: stumbled.length }))));
}
