/** Tokens day by day as bars, drawn in SVG: prompts below, replies above them. */

import { h } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { dayText, daysBetween, tokensOf } from "./words.js";

/** @import { UsageDayOut } from "../types.js" */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600;
const HEIGHT = 150;
/** Of a day's width, what its bar takes. */
const BAR = 0.72;
/** So that a day on which little was used is seen. */
const LEAST = 1.5;

/**
 * @param {keyof SVGElementTagNameMap} tag
 * @param {Record<string, string|number>} attributes
 * @param {...(Node|string)} children
 */
function s(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** @param {{first_day: string, last_day: string, days: UsageDayOut[]}} report */
export function usageChart({ first_day: first, last_day: last, days }) {
  const known = new Map(days.map((day) => [day.day, day]));
  const all = daysBetween(first, last);
  const most = Math.max(1, ...days.map(tokensOf));
  const step = WIDTH / all.length;
  const scale = HEIGHT / most;
  const bars = all.flatMap((day, place) => {
    const sums = known.get(day);
    return sums && tokensOf(sums) > 0 ? [bar(sums, place * step, step, scale)] : [];
  });
  const used = days.filter((day) => tokensOf(day) > 0);
  const label = t("usage.chart", { first: dayText(first), last: dayText(last), most: number(used.length ? most : 0), n: used.length });
  return h("div", { class: "usage-chart" },
    h("p", { class: "usage-tick", "aria-hidden": "true" }, number(used.length ? most : 0)),
    s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
      s("line", { class: "usage-top", x1: 0, x2: WIDTH, y1: 0.5, y2: 0.5 }),
      ...bars,
      s("line", { class: "usage-rule", x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 })),
    h("p", { class: "usage-tick is-days", "aria-hidden": "true" }, h("span", {}, dayText(first)), h("span", {}, dayText(last))));
}

/** @param {UsageDayOut} sums @param {number} left @param {number} step @param {number} scale */
function bar(sums, left, step, scale) {
  const x = left + (step * (1 - BAR)) / 2;
  const width = step * BAR;
  const whole = Math.max(LEAST, tokensOf(sums) * scale);
  const prompt = whole * (sums.prompt_tokens / tokensOf(sums));
  const words = t("usage.day", { day: dayText(sums.day), prompt: number(sums.prompt_tokens), reply: number(sums.completion_tokens), turns: sums.turns });
  return s("g", {},
    s("title", {}, words),
    s("rect", { class: "usage-prompt", x, width, y: HEIGHT - prompt, height: prompt }),
    s("rect", { class: "usage-reply", x, width, y: HEIGHT - whole, height: whole - prompt }));
}
