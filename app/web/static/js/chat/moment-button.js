/** In the head of a conversation: the character's point in time, and the way to another one. */

import { ask } from "../dialogs.js";
import { fill, h } from "../dom.js";
import { languageOf, number } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { pointSlider } from "../point-in-time.js";
import { pointText, sceneLabel } from "../scene-label.js";

/** @import { CharacterOut } from "../types.js" */

/**
 * @param {{character: Promise<CharacterOut|null>, until: () => number|null,
 *   change: (until: number|null) => Promise<void>, signal: AbortSignal}} options
 *   character: null when it cannot be read
 */
export function momentButton({ character, until, change, signal }) {
  const words = h("span", { class: "moment-words" });
  const button = h("button", { class: "button button-plain moment-button", type: "button", hidden: true }, icon("moment"), words);

  const draw = async () => {
    const now = until();
    const point = pointText(now);
    button.classList.toggle("is-set", now !== null);
    button.title = point;
    button.setAttribute("aria-label", t("moment.open", { point }));
    fill(words, now !== null && spelled(point, now));
    const found = await character;
    button.hidden = !found || (found.scenes === 0 && now === null);
    if (now === null || !found) return;
    const label = await sceneLabel(found.slug, now, signal).catch(() => null);
    if (label && now === until()) fill(words, spelled(point, now), h("span", { class: "moment-next", lang: languageOf(label) }, label));
  };
  button.addEventListener("click", async () => {
    const found = await character;
    if (!found) return;
    const slider = pointSlider({ character: found, until: until(), signal });
    const content = h("div", { class: "moment-choice" }, h("p", {}, t("moment.text", { name: found.name })), slider.node);
    const sure = await ask({ title: t("moment.heading"), content, action: t("moment.set") });
    if (sure && slider.until() !== until()) await change(slider.until());
    draw();
  });
  draw();
  return button;
}

/** The point where there is room for it, the bare scene where there is not. @param {string} point @param {number} until */
const spelled = (point, until) => [h("span", { class: "tool-words" }, point), h("span", { class: "tool-number" }, t("moment.scene", { n: number(until + 1) }))];
