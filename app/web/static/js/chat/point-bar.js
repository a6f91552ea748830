/** Under the head of a conversation: the scene it takes place before, and the strip of all scenes. */

import { fill, h } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { pointText } from "../scene-label.js";
import { sceneStrip } from "../scene-strip.js";
import { debounce } from "../timing.js";

/** @import { CharacterOut } from "../types.js" */

/** A person who tries several scenes sets the last one. */
const SETTLE_MS = 450;

/**
 * @param {{character: Promise<CharacterOut|null>, until: () => number|null,
 *   change: (until: number|null) => unknown, signal: AbortSignal}} options
 *   character: null when it cannot be read
 */
export function pointBar({ character, until, change, signal }) {
  const slug = h("p", { class: "slug" });
  const node = h("div", { class: "point-bar", hidden: true }, slug);
  /** @type {ReturnType<typeof sceneStrip>|null} */
  let strip = null;

  const set = debounce(() => {
    if (strip && strip.until() !== until() && !signal.aborted) change(strip.until());
  }, SETTLE_MS);
  /** @param {number|null} point @param {CharacterOut} found */
  const write = async (point, found) => {
    const isSet = point !== null;
    node.classList.toggle("is-set", isSet);
    fill(slug, h("span", { class: "slug-point" }, isSet ? pointText(point) : t("moment.whole_slug")));
    if (!isSet || !strip) return;
    const label = await strip.label(point).catch(() => null);
    if (label && point === strip.until() && !slug.querySelector(".slug-scene")) slug.prepend(h("span", { class: "slug-scene", lang: languageOf(label, found.language) }, label));
  };
  const begin = async () => {
    const found = await character;
    if (!found || found.scenes === 0) return;
    strip = sceneStrip({
      character: found, until: until(), signal, changed: (point) => {
        write(point, found);
        set();
      },
    });
    node.append(strip.node);
    node.hidden = false;
    write(until(), found);
  };
  /** Shows the point that the conversation has. */
  const draw = async () => {
    const found = await character;
    if (!found || !strip || strip.until() === until()) return;
    strip.set(until());
    write(until(), found);
  };
  begin();
  return { node, draw };
}
