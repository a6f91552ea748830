/** How far a scene has drifted from its script, the way back to it, and the user's next line. */

import { get } from "../api.js";
import { fill, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";

/** @import { ConversationOut, NextLine, SceneState } from "../types.js" */

/**
 * The sentences of scenes must be known.
 * @param {ConversationOut} conversation one with a scene
 * @param {{onBack: () => unknown}} acts onBack: the person wants to return to the script
 */
export function sceneMeter(conversation, { onBack }) {
  const label = uniqueId("drift");
  const gauge = h("div", { class: "drift-gauge", role: "meter", "aria-labelledby": label, "aria-valuemin": 0, "aria-valuemax": 100 }, h("span", { class: "drift-fill" }));
  const words = h("span", { class: "drift-words" });
  const place = h("span", { class: "scene-place" });
  const note = h("p", { class: "scene-note" });
  const hint = h("p", { class: "scene-hint", role: "status" });
  const back = h("button", { class: "button", type: "button", on: { click: () => onBack() } }, t("scene.back"));
  const line = h("button", { class: "button button-plain", type: "button", title: t("scene.hint_title"), on: { click: async () => showLine(hint, await nextLine(conversation.id)) } }, t("scene.hint"));
  const node = h("div", { class: "scene-bar" },
    h("div", { class: "scene-row" },
      place,
      h("span", { class: "visually-hidden", id: label }, t("scene.drift")), gauge, words,
      h("span", { class: "scene-acts" }, line, back)),
    note, hint);
  let shownAt = "";

  /** Shows the scene as it is now. @param {ConversationOut} now */
  const update = (now) => {
    const { scene } = now;
    if (!scene) return;
    const percent = Math.round(scene.drift * 100);
    gauge.setAttribute("aria-valuenow", String(percent));
    gauge.setAttribute("aria-valuetext", driftWords(scene));
    gauge.style.setProperty("--drift", `${percent}%`);
    gauge.classList.toggle("is-off", !scene.on_script);
    words.textContent = driftWords(scene);
    fill(place, h("strong", { lang: languageOf(scene.part) }, t("scene.play_as", { part: scene.part })), " · ",
      t("scene.of", { line: Math.min(scene.line + 1, scene.lines), lines: scene.lines }));
    place.title = t("scene.place", { n: scene.scene, title: scene.script_title });
    back.hidden = scene.on_script;
    line.hidden = scene.ended;
    note.hidden = now.participants.some(({ slug }) => slug !== null);
    fill(note, t("scene.alone"), " ", scene.script && h("a", { href: `/upload?script=${encodeURIComponent(scene.script)}` }, t("scene.cast")));
    const at = [scene.line, scene.on_script, now.messages.at(-1)?.id].join();
    if (at !== shownAt) fill(hint);
    shownAt = at;
  };
  update(conversation);
  return { node, update };
}

/** @param {SceneState} scene */
function driftWords({ drift, on_script: isOn, ended }) {
  if (!isOn) return t("scene.drift_off", { percent: Math.round(drift * 100) });
  return t(ended ? "scene.drift_ended" : "scene.drift_none");
}

/** The user's next line, or why there is none. @param {string} id @returns {Promise<NextLine|string>} */
async function nextLine(id) {
  try {
    return await get(`/api/conversations/${id}/next-line`);
  } catch (error) {
    return explain(error);
  }
}

/** @param {HTMLElement} node @param {NextLine|string} found */
function showLine(node, found) {
  if (typeof found === "string") fill(node, found);
  else fill(node, t("scene.line_is"), " ", h("q", { lang: languageOf(found.text) }, found.text));
}
