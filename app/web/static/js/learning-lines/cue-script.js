/** The cue script of a part: its lines in full, each with the last words before it; for paper. */

import { getAll } from "../api.js";
import { h } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { spokenText } from "../stage-text.js";
import { sceneName } from "./link.js";

/** @import { PartOut, RehearsedLineOut } from "../types.js" */

/**
 * A table, because its head is printed on every page.
 * @param {string} path @param {PartOut} part @param {string} title of the script @param {AbortSignal} signal
 */
export async function cueScript(path, part, title, signal) {
  /** @type {RehearsedLineOut[]} */
  const lines = await getAll(`${path}/lines`, signal);
  /** @type {Map<number, RehearsedLineOut[]>} */
  const scenes = new Map();
  for (const line of lines) scenes.set(line.scene, [...(scenes.get(line.scene) ?? []), line]);
  return h("table", { class: "cue-script", role: "presentation" },
    h("thead", {}, h("tr", {}, h("td", { class: "cue-head" },
      h("span", { class: "cue-part", lang: languageOf(part.display) }, part.display),
      h("span", { class: "cue-title", lang: languageOf(title) }, title)))),
    h("tbody", {}, [...scenes.values()].map((each) => h("tr", {}, h("td", {}, scene(each))))));
}

/** @param {RehearsedLineOut[]} lines of one scene */
function scene(lines) {
  const name = sceneName(lines[0]);
  return h("section", { class: "cue-scene" },
    h("h3", { lang: languageOf(name) }, name),
    lines.map((line) => h("div", { class: "cue-line" },
      h("p", { class: "cue-words" }, cueOf(line)),
      h("p", { class: "cue-own", lang: languageOf(line.text) }, spokenText(line)))));
}

/** @param {RehearsedLineOut} line */
function cueOf(line) {
  if (line.cue === "") return h("span", { class: "direction" }, t("learn.cue_opening"));
  const speaker = line.lead.at(-1)?.speaker;
  return [speaker && h("span", { class: "cue-speaker", lang: languageOf(speaker) }, `${speaker} `),
    h("span", { class: "cue-dots", "aria-hidden": "true" }), h("span", { lang: languageOf(line.cue) }, line.cue)];
}
