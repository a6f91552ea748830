/** The reply while it is being spoken, and its progress before the first word. */

import { fill, h, uniqueId } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { showGrowing } from "./growing-text.js";

/** @import { StageSpeaker } from "../types.js" */

/**
 * A reply on its way: a turn that this page began, or one that it found under way ("elsewhere").
 * @typedef {object} Speaking
 * @property {"sent"|"cued"|"reading"|"waiting"|"finding"|"speaking"|"over"|"elsewhere"} phase
 * @property {string} text
 * @property {unknown[]} examples
 * @property {StageSpeaker|null} speaker on a stage, who speaks
 * @property {number} place in the queue for the engine, from 1
 * @property {boolean} lost whether the line to it is broken
 * @property {boolean} stopped whether it was asked to stop
 */

/** @param {{name: string, language: string}} speaker */
export function liveSpeech({ name, language }) {
  const text = h("div", { class: "speech-text" });
  const status = h("p", { class: "direction line-status", hidden: true });
  const speaker = h("span", { lang: languageOf(name) }, name);
  const node = h("li", { class: "speech is-assistant is-live", "aria-hidden": "true" },
    h("p", { class: "speech-name" }, speaker),
    h("div", { class: "speech-body" }, text, status));
  /** @param {Speaking} turn */
  const update = (turn) => {
    const spoken = turn.text !== "";
    const now = turn.speaker?.name ?? name;
    if (speaker.textContent !== now) speaker.textContent = now;
    text.lang = languageOf(spoken ? turn.text : "", language);
    if (spoken) showGrowing(text, turn.text);
    else fill(text, waiting(turn, now));
    text.classList.toggle("is-lost", Boolean(turn.lost));
    status.hidden = !turn.lost;
    status.textContent = turn.lost ? lostText(turn) : "";
  };
  return { node, update, serial: uniqueId("live") };
}

/** What the character is doing, as a stage direction. @param {Speaking} turn @param {string} name */
export function waitingText(turn, name) {
  return t(`phase.${turn.phase}`, { name, n: turn.examples.length, place: turn.place });
}

/** Why no more comes at the moment. @param {Speaking} turn */
export function lostText(turn) {
  return t(turn.stopped ? "phase.lost_stopped" : "phase.lost");
}

/** @param {Speaking} turn @param {string} name */
function waiting(turn, name) {
  return h("span", { class: "direction waiting" }, waitingText(turn, name));
}
