/** Stepping into a scene: which part to play. */

import { get, post } from "../api.js";
import { ask } from "../dialogs.js";
import { controlOf, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf } from "../format.js";
import { go } from "../go.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { sceneSentences } from "./sentences.js";

/** @import { ConversationOut, ScenePartOut, SceneWithParts } from "../types.js" */

/** A button that opens the choice of parts. The sentences of scenes must be known. @param {string} script @param {number} scene */
export function stepInButton(script, scene) {
  return h("button", {
    class: "button step-in", type: "button", "aria-label": t("scene.step_named", { n: scene }),
    on: { click: () => openStepIn(script, scene) },
  }, t("scene.step"));
}

/** Asks which part to play, and opens the scene with it. @param {string} script the script's id @param {number} scene its number */
export async function openStepIn(script, scene) {
  try {
    await sceneSentences();
    /** @type {SceneWithParts} */
    const found = await get(`/api/scripts/${encodeURIComponent(script)}/scenes/${scene}`);
    const part = await askPart(found);
    if (part === null) return;
    /** @type {ConversationOut} */
    const opened = await post("/api/conversations", { scene: { script, scene, as: part } });
    go(`/conversations/${opened.id}`);
  } catch (error) {
    toast(explain(error));
  }
}

/** @param {SceneWithParts} scene @returns {Promise<string|null>} */
async function askPart({ parts }) {
  let chosen = parts[0].speaker;
  const name = uniqueId("part");
  const answer = await ask({
    title: t("scene.step_title"),
    action: t("scene.step_as"),
    content: h("div", { class: "scene-choice" },
      h("p", { class: "field-hint" }, t("scene.step_hint")),
      h("fieldset", { class: "scene-parts" },
        h("legend", { class: "visually-hidden" }, t("scene.step_title")),
        parts.map((part, n) => option(part, name, n === 0, (speaker) => { chosen = speaker; })))),
  });
  return answer && chosen;
}

/** @param {ScenePartOut} part @param {string} name @param {boolean} checked @param {(speaker: string) => void} choose */
function option({ speaker, lines, character }, name, checked, choose) {
  return h("label", { class: "scene-part" },
    h("input", { type: "radio", name, value: speaker, checked, on: { change: (event) => choose(controlOf(event).value) } }),
    h("span", { class: "scene-part-name", lang: languageOf(speaker) }, speaker),
    h("span", { class: "scene-part-lines" }, t("scene.lines", { n: lines }), !character && h("span", {}, ` · ${t("scene.no_character")}`)));
}
