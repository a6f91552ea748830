/** Where a reader is in a script, and the way to say it: nothing later is shown from then on. */

import { get, put, remove } from "../api.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { number } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { askPlace } from "./place-dialog.js";
import { bookmarkSentences } from "./sentences.js";

/** @import { BookmarkOut } from "../types.js" */
/** @import { Place } from "./place-dialog.js" */

/** @param {string} script */
const addressOf = (script) => `/api/scripts/${encodeURIComponent(script)}/bookmark`;

/**
 * @param {{script: string, changed: () => void, signal: AbortSignal, short?: boolean, titled?: boolean}} options
 *   changed: called once the bookmark was set, moved or removed; short: where there is little room;
 *   titled: beside others, so that its script has to be named
 */
export async function bookmarkBar({ script, changed, signal, short = false, titled = false }) {
  /** @type {[BookmarkOut, void]} */
  const [first] = await Promise.all([get(addressOf(script), signal), bookmarkSentences()]);
  const node = h("div", { class: short ? "bookmark-bar is-short" : "bookmark-bar" });
  let now = first;
  const draw = () => {
    const isSet = now.scene !== null;
    const start = titled ? t("bookmark.start_named", { title: now.script.title }) : t("bookmark.start");
    node.classList.toggle("is-set", isSet);
    fill(node,
      isSet && h("p", { class: "bookmark-state" }, icon("moment"), h("span", {}, stateText(now, short))),
      h("button", { class: "button button-plain bookmark-button", type: "button", on: { click: choose } },
        !isSet && icon("moment"), isSet ? t("bookmark.move") : start));
  };
  /** @param {Place|"none"} place */
  const move = async (place) => {
    const before = now;
    if (place === "none") {
      await remove(addressOf(script));
      now = await get(addressOf(script), signal);
    } else {
      now = await put(addressOf(script), place);
    }
    draw();
    changed();
    return before;
  };
  const choose = async () => {
    const place = await askPlace(now);
    if (place === null) return;
    try {
      const before = await move(place);
      toast(movedText(now), { label: t("bookmark.undo"), run: () => move(placeOf(before)).catch((error) => toast(explain(error))) });
    } catch (error) {
      toast(explain(error));
    }
  };
  draw();
  return node;
}

/** @param {BookmarkOut} bookmark @returns {Place|"none"} */
const placeOf = ({ scene }) => (scene === null ? "none" : { scene });

/** @param {BookmarkOut} bookmark @param {boolean} isShort */
function stateText({ scene, scenes }, isShort) {
  return isShort ? t("bookmark.up_to_short", { scene: number(scene ?? 0) }) : t("bookmark.up_to", { scene: number(scene ?? 0), scenes: number(scenes) });
}

/** @param {BookmarkOut} bookmark */
function movedText({ script: { title }, scene }) {
  if (scene === null) return t("bookmark.removed", { title });
  return scene === 0 ? t("bookmark.none_read", { title }) : t("bookmark.moved", { title, scene: number(scene) });
}
