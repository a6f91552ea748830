/** "Try a line": which past lines a message would bring back. */

import { get, withQuery } from "./api.js";
import { fill, formOf, h, textIn } from "./dom.js";
import { explain } from "./errors.js";
import { field } from "./field.js";
import { languageOf, milliseconds, scoreText } from "./format.js";
import { has, t } from "./i18n.js";
import { cutText, placeText } from "./scene-place.js";
import { scriptPage, splitLine } from "./script-page.js";

/** @import { Child } from "./dom.js" */
/** @import { CharacterOut, InspectedExample, Inspection, Mode } from "./types.js" */

const SHOWN_FIRST = 4;

/**
 * @param {CharacterOut} character
 * @param {AbortSignal} signal
 * @param {(inspection: Inspection, own: Set<string>) => Child} present draws the result
 */
export function inspector(character, signal, present = briefly) {
  const result = h("div", { class: "inspection", "aria-live": "polite" });
  const own = new Set([character.name, ...character.aliases, ...character.speakers]);
  /** @param {SubmitEvent} event */
  const look = async (event) => {
    event.preventDefault();
    const query = textIn(formOf(event), "query");
    if (!query) return;
    result.setAttribute("aria-busy", "true");
    try {
      const path = `/api/characters/${encodeURIComponent(character.slug)}/examples`;
      fill(result, present(await get(withQuery(path, { query }), signal), own));
    } catch (error) {
      if (!signal.aborted) fill(result, h("p", { class: "field-error" }, explain(error)));
    }
    result.removeAttribute("aria-busy");
  };
  return h("section", { class: "inspector" },
    h("h2", { class: "eyebrow" }, t("inspector.heading")),
    h("p", { class: "inspector-text" }, t("inspector.text", { name: character.name })),
    h("form", { class: "inspector-form", on: { submit: look } },
      field({ label: t("inspector.label"), name: "query", maxlength: 400 }),
      h("button", { class: "button" }, t("inspector.look"))),
    result);
}

/** @param {Inspection} inspection @param {Set<string>} own @returns {Child} */
function briefly(inspection, own) {
  if (inspection.items.length === 0) return [h("p", {}, t("inspector.none")), witnessedList(inspection, own), sceneMemoryList(inspection)];
  const rest = inspection.items.slice(SHOWN_FIRST);
  /** @param {InspectedExample[]} items */
  const list = (items) => h("ol", { class: "sides" }, items.map((item) => side(item, inspection.mode, own)));
  return [
    h("p", { class: "field-hint" }, timesText(inspection)),
    list(inspection.items.slice(0, SHOWN_FIRST)),
    rest.length > 0 && h("details", {}, h("summary", {}, t("inspector.more", { n: rest.length })), list(rest)),
    witnessedList(inspection, own),
    sceneMemoryList(inspection),
  ];
}

/**
 * Scenes that the character overheard in silence, and the script's words that put it there.
 * @param {Inspection} inspection
 * @param {Set<string>} own
 */
export function witnessedList({ witnessed }, own) {
  return witnessed.length > 0 && [
    h("h3", { class: "eyebrow" }, t("inspector.witnessed")),
    h("ol", { class: "sides" }, witnessed.map((item) => h("li", { class: item.shown ? "side" : "side is-dropped" },
      h("p", { class: "side-score" }, h("span", { class: "tag" }, t("examples.witnessed")),
        h("span", { lang: languageOf(item.reason) }, item.reason),
        !item.shown && h("span", { class: "tag" }, t("inspector.not_shown"))),
      scriptPage(item.lines.map(splitLine), own)))),
  ];
}

/** What the character remembers of scenes, and of which. @param {Inspection} inspection */
export function sceneMemoryList({ scene_memories: memories }) {
  return memories.length > 0 && [
    h("h3", { class: "eyebrow" }, t("inspector.scene_memories")),
    h("ol", { class: "sides" }, memories.map((item) => h("li", { class: item.shown ? "side" : "side is-dropped" },
      h("p", { class: "side-score" }, h("span", { class: "tag" }, t("examples.scene_memory")),
        item.name && h("span", { lang: languageOf(item.name) }, item.name),
        !item.shown && h("span", { class: "tag" }, t("inspector.not_shown"))),
      h("p", { class: "side-lore", lang: languageOf(item.lines[0]) }, item.lines[0])))),
  ];
}

/** How long it took to find. @param {Inspection} inspection */
export const timesText = ({ embed_ms: embed, search_ms: search, embedder }) =>
  t("inspector.times", { embed: milliseconds(embed), search: milliseconds(search), embedder });

/** @param {InspectedExample} item @param {Mode} mode @param {Set<string>} own */
function side(item, mode, own) {
  return h("li", { class: item.shown ? "side" : "side is-dropped" },
    h("p", { class: "side-score" }, placed(item), h("span", {}, scoreText(item.score, mode)),
      !item.shown && h("span", { class: "tag" }, reasonText(item.reason))),
    cutNote(item),
    scriptPage(item.lines.map(splitLine), own));
}

/** @param {InspectedExample} item */
export const placed = (item) => h("span", {}, placeText(item, item.lines.length));

/** @param {InspectedExample} item */
export const cutNote = ({ cut }) => cut > 0 && h("p", { class: "side-cut" }, cutText(cut));

/** Why something found is not shown. @param {InspectedExample["reason"]} reason */
export function reasonText(reason) {
  const key = `inspector.reason.${reason}`;
  return has(key) ? t(key) : (reason ?? t("inspector.not_shown"));
}
