/** The ways to the parts of a script. */

import { h } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";

/** @import { CharacterOut, PartOut, PartSceneOut, RehearsedLineOut } from "../types.js" */

/** The address of a script's parts, or of one. @param {string} script @param {string} [speaker] */
export const learnPath = (script, speaker) =>
  `/scripts/${encodeURIComponent(script)}/rehearse${speaker === undefined ? "" : `/${encodeURIComponent(speaker)}`}`;

/** @param {string} script @param {string} [speaker] */
export const learnLink = (script, speaker) => h("a", { class: "button", href: learnPath(script, speaker) }, t("learn.title"));

/** From a character's page: to its part, where it is one in one script. @param {CharacterOut} found */
export function learnLinks({ scripts, speakers }) {
  const speaker = speakers.length === 1 ? speakers[0] : undefined;
  if (scripts.length === 1) return h("p", { class: "learn-way" }, learnLink(scripts[0].id, speaker));
  return h("div", { class: "learn-way" },
    h("h3", { class: "eyebrow" }, t("learn.title")),
    h("ul", {}, scripts.map(({ id, title }) => h("li", {}, h("a", { href: learnPath(id, speaker), lang: languageOf(title) }, title)))));
}

/** "7 of 12 known, 3 due" @param {PartOut|PartSceneOut} part */
export const knownText = ({ known, lines, due }) => t(due > 0 ? "learn.known_due" : "learn.known", { known, lines, due });

/** A scene's heading, or its number. @param {PartSceneOut|RehearsedLineOut} scene */
export function sceneName(scene) {
  const number = "number" in scene && !("scene" in scene) ? scene.number : /** @type {RehearsedLineOut} */ (scene).scene;
  return scene.heading || (scene.episode ? `${t("learn.episode", { name: scene.episode })} · ${t("learn.scene", { n: number })}` : t("learn.scene", { n: number }));
}

/** How much of a part is known, as a bar with its words. @param {PartOut} part */
export function knownMeter(part) {
  return h("div", { class: "learn-known" },
    h("div", { class: "meter", "aria-hidden": "true" },
      h("div", { class: "meter-fill", vars: { "--share": part.lines > 0 ? part.known / part.lines : 0 } })),
    h("p", { class: "progress-text" }, knownText(part)));
}
