/** A part, before it is rehearsed: what is known, what is due, where to begin, how; and the cue script. */

import { confirm } from "../dialogs.js";
import { fill, focusOn, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { toast } from "../toast.js";
import { choices } from "./choices.js";
import { cueScript } from "./cue-script.js";
import { mayListen } from "./ear.js";
import { knownMeter, sceneName } from "./link.js";

/** @import { Voices } from "./voices.js" */
/** @import { PartOut, PartSceneOut } from "../types.js" */

/**
 * @param {{path: string, part: PartOut, scenes: PartSceneOut[], title: string, voices: Voices, signal: AbortSignal,
 *   begin: (scene: number) => Promise<void>, goOver: () => Promise<void>, startOver: () => Promise<void>}} options
 */
export function desk({ path, part, scenes, title, voices, signal, begin, goOver, startOver }) {
  const complaint = h("p", { class: "field-error", role: "alert" });
  /** @param {() => Promise<void>} act */
  const trying = (act) => async () => {
    complaint.textContent = "";
    await act().catch((error) => { complaint.textContent = explain(error); });
  };
  const picker = scenePicker(scenes);
  return h("div", { class: "learn-desk" },
    h("section", { class: "learn-now" },
      h("h2", { class: "visually-hidden" }, t("learn.desk")),
      knownMeter(part),
      picker.node,
      h("div", { class: "learn-buttons learn-ends" },
        part.due > 0 && h("button", { class: "button button-primary", type: "button", on: { click: trying(goOver) } }, t("learn.due_begin", { n: part.due })),
        h("button", { class: part.due > 0 ? "button" : "button button-primary", type: "button", on: { click: trying(() => begin(picker.chosen())) } }, t("learn.begin"))),
      complaint,
      part.started > 0 && part.due === 0 && h("p", { class: "field-hint" }, t("learn.due_none")),
      choices({ voices, lang: languageOf(part.display), mayListen: mayListen() })),
    cueSection(path, part, title, signal),
    part.started > 0 && h("p", {}, h("button", { class: "button button-plain", type: "button", on: { click: trying(() => forget(part, startOver)) } }, icon("again"), t("learn.over_again"))));
}

/** Where to begin: by default in the first scene that is not known yet. @param {PartSceneOut[]} scenes */
function scenePicker(scenes) {
  const id = uniqueId("from");
  const wanted = scenes.find(({ known, lines }) => known < lines) ?? scenes[0];
  const select = h("select", { class: "input", id, name: "scene" }, scenes.map((each) => {
    const label = sceneName(each);
    return h("option", { value: each.number, selected: each === wanted, lang: languageOf(label) }, t("learn.scene_known", { label, known: each.known, lines: each.lines }));
  }));
  return {
    node: h("div", { class: "field" }, h("label", { class: "field-label", for: id }, t("learn.from")), select),
    chosen: () => Number(select.value),
  };
}

/** @param {string} path @param {PartOut} part @param {string} title @param {AbortSignal} signal */
function cueSection(path, part, title, signal) {
  const box = h("div", {});
  const actions = h("div", { class: "actions" });
  const show = async () => {
    try {
      fill(box, await cueScript(path, part, title, signal));
      const print = h("button", { class: "button", type: "button", on: { click: () => window.print() } }, t("learn.print"));
      fill(actions, print);
      focusOn(print);
    } catch (error) {
      fill(box, h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  fill(actions, h("button", { class: "button", type: "button", on: { click: show } }, t("learn.cue_script_open")));
  return h("section", { class: "learn-paper" },
    h("h2", {}, t("learn.cue_script")),
    h("p", { class: "field-hint" }, t("learn.cue_script_text")),
    actions, box);
}

/** @param {PartOut} part @param {() => Promise<void>} startOver */
async function forget(part, startOver) {
  const sure = await confirm({
    title: t("learn.over_again_title", { name: part.display }), body: h("p", {}, t("learn.over_again_text", { n: part.started })),
    action: t("learn.over_again"), danger: true,
  });
  if (!sure) return;
  await startOver();
  toast(t("learn.over_again_done"));
}
