/** How much of the script a character has lived through, chosen on the strip of its scenes. */

import { fill, h, uniqueId } from "./dom.js";
import { explain } from "./errors.js";
import { languageOf, number } from "./format.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { pointText } from "./scene-label.js";
import { sceneStrip } from "./scene-strip.js";
import { debounce } from "./timing.js";

/** @import { IconName } from "./icons.js" */
/** @import { CharacterOut } from "./types.js" */

const SETTLE_MS = 180;

/**
 * @param {{character: CharacterOut, until: number|null, signal: AbortSignal}} options
 *   until: where it stands now
 * @returns {{node: Node, until: () => number|null}}
 */
export function pointSlider({ character, until, signal }) {
  const { name, scenes } = character;
  const where = h("output", { class: "moment-where" });
  const scene = h("p", { class: "moment-scene", id: uniqueId("scene"), "aria-live": "polite" });
  const strip = sceneStrip({ character, until, changed: () => draw(), signal });

  const load = debounce(async () => {
    const position = strip.until();
    if (position === null) return;
    const label = await strip.label(position).catch(explain);
    if (position === strip.until()) fill(scene, h("span", { lang: languageOf(label) }, label));
  }, SETTLE_MS);
  const draw = () => {
    const position = strip.until();
    where.textContent = position === null ? pointText(null) : t("moment.before_of", { n: number(position + 1), of: number(scenes) });
    earlier.disabled = position === 0;
    later.disabled = position === null;
    fill(scene, position === null ? t("moment.whole_hint", { name }) : "…");
    load();
  };
  /** @param {IconName} image @param {string} label @param {number} by */
  const arrow = (image, label, by) =>
    h("button", { class: "icon-button", type: "button", "aria-label": label, on: { click: () => strip.step(by) } }, icon(image));
  const earlier = arrow("previous", t("moment.earlier"), -1);
  const later = arrow("next", t("moment.later"), 1);
  draw();
  return {
    node: h("div", { class: "moment" }, where, h("div", { class: "moment-slide" }, earlier, strip.node, later), scene),
    until: strip.until,
  };
}
