/** "How far are you?": a scene, a chapter or minutes, as the script has them. */

import { ask } from "../dialogs.js";
import { fill, h, uniqueId, within } from "../dom.js";
import { field } from "../field.js";
import { number } from "../format.js";
import { t } from "../i18n.js";

/** @import { BookmarkOut } from "../types.js" */

/** @typedef {{scene: number}|{chapter: number}|{minutes: number}} Place */
/** @typedef {"scene"|"chapter"|"minutes"} Way */

/**
 * Asks for a place; null where the person changed their mind, "none" to know everything again.
 * @param {BookmarkOut} bookmark
 * @returns {Promise<Place|"none"|null>}
 */
export async function askPlace(bookmark) {
  const ways = waysOf(bookmark);
  let way = ways.find((each) => each === bookmark.given) ?? "scene";
  const box = h("div", {});
  const draw = () => fill(box, valueField(bookmark, way));
  const name = uniqueId("way");
  const choice = ways.length > 1 && h("fieldset", { class: "bookmark-ways" },
    h("legend", { class: "field-label" }, t("bookmark.way")),
    ways.map((each) => h("label", {}, h("input", { type: "radio", name, value: each, checked: each === way, on: { change: () => {
      way = each;
      draw();
    } } }), t(each === "scene" ? "bookmark.place" : `bookmark.${each}`))));
  const nothing = h("input", { type: "checkbox", name: "none" });
  draw();
  const content = h("div", { class: "bookmark-choice" }, h("p", {}, t("bookmark.hint")), choice, box,
    bookmark.scene !== null && h("label", { class: "bookmark-none" }, nothing, t("bookmark.remove")));
  nothing.addEventListener("change", () => {
    within(box, "input").disabled = nothing.checked;
  });
  const sure = await ask({ title: t("bookmark.title", { title: bookmark.script.title }), content, action: t("bookmark.set") });
  if (!sure) return null;
  if (nothing.checked) return "none";
  const value = Number(within(box, "input").value);
  if (way === "chapter") return { chapter: value };
  return way === "minutes" ? { minutes: value } : { scene: value };
}

/** @param {BookmarkOut} bookmark @returns {Way[]} */
function waysOf({ chapters, minutes }) {
  /** @type {Way[]} */
  const ways = ["scene"];
  if (chapters > 0) ways.push("chapter");
  if (minutes !== null) ways.push("minutes");
  return ways;
}

/** @param {BookmarkOut} bookmark @param {Way} way */
function valueField(bookmark, way) {
  const { scene, scenes, chapters, read_chapters: read, minutes, given, value } = bookmark;
  const common = { name: "place", type: "number", required: true, inputmode: "numeric" };
  if (way === "chapter") {
    return field({ ...common, label: t("bookmark.chapter"), hint: t("bookmark.chapter_hint", { n: number(chapters) }), min: 1, max: chapters, value: Math.max(1, read.length) });
  }
  if (way === "minutes") {
    return field({ ...common, label: t("bookmark.minutes"), hint: t("bookmark.minutes_hint", { minutes: number(minutes ?? 0) }), min: 0, step: "any", inputmode: "decimal", value: given === "minutes" ? value : 0 });
  }
  return field({ ...common, label: t("bookmark.place"), hint: t("bookmark.place_hint", { scenes: number(scenes) }), min: 0, max: scenes, value: scene ?? "" });
}
