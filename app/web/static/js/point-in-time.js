/** How much of the script a character has lived through: a slider over its scenes. */

import { get } from "./api.js";
import { fill, h, uniqueId } from "./dom.js";
import { explain } from "./errors.js";
import { languageOf, number } from "./format.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { debounce } from "./timing.js";

/** @import { IconName } from "./icons.js" */
/** @import { CharacterOut, SceneAt } from "./types.js" */

const SETTLE_MS = 180;

/** The point in words; `until` is null for the whole script. @param {number|null} until */
export function pointText(until) {
  return until === null ? t("moment.whole") : t("moment.before", { n: number(until + 1) });
}

/**
 * A scene's heading, or else its first line.
 * @param {string} slug
 * @param {number} position
 * @param {AbortSignal} signal
 */
export async function sceneLabel(slug, position, signal) {
  /** @type {SceneAt} */
  const scene = await get(`/api/characters/${encodeURIComponent(slug)}/scenes/${position}`, signal);
  const label = scene.heading || scene.opening;
  return scene.episode ? `${scene.episode} · ${label}` : label;
}

/**
 * @param {{character: CharacterOut, until: number|null, signal: AbortSignal}} options
 *   until: where it stands now
 * @returns {{node: Node, until: () => number|null}}
 */
export function pointSlider({ character, until, signal }) {
  const { slug, name, scenes } = character;
  const where = h("output", { class: "moment-where" });
  const scene = h("p", { class: "moment-scene", id: uniqueId("scene"), "aria-live": "polite" });
  const range = h("input", {
    class: "moment-range", type: "range", min: 0, max: scenes, step: 1,
    "aria-label": t("moment.heading"), value: Math.min(until ?? scenes, scenes),
  });
  const chosen = () => (range.valueAsNumber >= scenes ? null : range.valueAsNumber);

  const load = debounce(async () => {
    const position = chosen();
    if (position === null) return;
    const label = await sceneLabel(slug, position, signal).catch(explain);
    if (position === chosen()) fill(scene, h("span", { lang: languageOf(label) }, label));
  }, SETTLE_MS);
  const draw = () => {
    const position = chosen();
    where.textContent = position === null ? pointText(null) : t("moment.before_of", { n: number(position + 1), of: number(scenes) });
    range.setAttribute("aria-valuetext", where.textContent);
    earlier.disabled = range.valueAsNumber === 0;
    later.disabled = position === null;
    fill(scene, position === null ? t("moment.whole_hint", { name }) : "…");
    load();
  };
  /** @param {number} by */
  const step = (by) => {
    range.valueAsNumber += by;
    draw();
  };
  /** @param {IconName} image @param {string} label @param {number} by */
  const arrow = (image, label, by) =>
    h("button", { class: "icon-button", type: "button", "aria-label": label, on: { click: () => step(by) } }, icon(image));
  const earlier = arrow("previous", t("moment.earlier"), -1);
  const later = arrow("next", t("moment.later"), 1);
  range.addEventListener("input", draw);
  draw();
  return {
    node: h("div", { class: "moment" }, where, h("div", { class: "moment-slide" }, earlier, range, later), scene),
    until: chosen,
  };
}
