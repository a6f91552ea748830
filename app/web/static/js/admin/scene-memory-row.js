/** One scene of a character, and what it remembers of it: to read, or to edit in place. */

import { fill, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf, number } from "../format.js";
import { t } from "../i18n.js";

/** @import { Child } from "../dom.js" */
/** @import { SceneMemoryOut } from "../types.js" */

const LONGEST = 500;

/** @param {SceneMemoryOut} item @param {{edit: () => void, forget: () => void}} acts */
export function memoryRow(item, { edit, forget }) {
  const scene = number(item.scene + 1);
  /** @param {string} text @param {string} label @param {() => void} act */
  const button = (text, label, act) => h("button", { class: "button button-plain", type: "button", "aria-label": label, on: { click: act } }, text);
  return h("li", { class: "scene-memory" },
    sceneLine(item, item.origin === "edited" && h("span", { class: "tag" }, t("scene_memories.edited"))),
    item.text === null
      ? h("p", { class: "field-hint" }, t("scene_memories.none"))
      : h("p", { class: "scene-memory-text", lang: languageOf(item.text) }, item.text),
    h("div", { class: "scene-memory-tools" },
      item.text === null
        ? button(t("scene_memories.by_hand"), t("scene_memories.by_hand_named", { scene }), edit)
        : [
          button(t("scene_memories.edit"), t("scene_memories.edit_named", { scene }), edit),
          button(t("scene_memories.forget"), t("scene_memories.forget_named", { scene }), forget),
        ]));
}

/** @param {SceneMemoryOut} item @param {{save: (text: string) => Promise<void>, cancel: () => void}} acts */
export function editRow(item, { save, cancel }) {
  const id = uniqueId("memory");
  const problem = h("div", {});
  const area = h("textarea", { class: "input", id, rows: 3, maxlength: LONGEST, required: true, value: item.text ?? "" });
  const submit = async () => {
    // A line break would be refused: it is one paragraph.
    const text = area.value.split(/\s+/).filter(Boolean).join(" ");
    if (!text) {
      area.focus();
      return;
    }
    fill(problem);
    try {
      await save(text);
    } catch (error) {
      fill(problem, h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      cancel();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  return h("li", { class: "scene-memory" },
    sceneLine(item),
    h("form", {
      class: "scene-memory-form",
      on: {
        submit: (event) => {
          event.preventDefault();
          submit();
        },
      },
    },
      h("label", { class: "visually-hidden", for: id }, t("scene_memories.edit_named", { scene: number(item.scene + 1) })),
      area, problem,
      h("div", { class: "actions" },
        h("button", { class: "button" }, t("save")),
        h("button", { class: "button button-plain", type: "button", on: { click: cancel } }, t("cancel")))));
}

/** @param {SceneMemoryOut} item @param {Child} [beside] */
function sceneLine({ scene, heading, opening }, beside = null) {
  const name = heading || opening;
  return h("p", { class: "scene-memory-scene" },
    h("span", { class: "scene-memory-number" }, t("scene_memories.scene", { scene: number(scene + 1) })),
    h("span", { class: "scene-memory-name", lang: languageOf(name) }, name),
    beside);
}
