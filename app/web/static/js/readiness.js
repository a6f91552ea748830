/** A character that answers already, but whose finer cues (its reply index) are still being rehearsed. */

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { percent, secondsLeft } from "./format.js";
import { t } from "./i18n.js";
import { repeat } from "./timing.js";

/** @import { CharacterOut, IndexProgress } from "./types.js" */

const LEARNING_MS = 1_000;
const REHEARSING_MS = 2_000;

/** Whether something of the character is still being learned, so that it is worth asking again. @param {CharacterOut} character */
export const isRehearsing = (character) => character.status === "indexing" || character.selection_progress !== null;

/** How far the finer cues are, in a few words; null once they are ready. @param {CharacterOut} character */
export function rehearsalText({ selection_progress: progress }) {
  if (progress === null) return null;
  if (!progress.total) return t("readiness.next");
  const done = percent(progress.done / progress.total);
  if (progress.seconds_left === null) return t("readiness.share", { done });
  return t("readiness.time", { done, time: secondsLeft(progress.seconds_left) });
}

/** The same as a small note, hidden once they are ready. @param {CharacterOut} character */
export function rehearsalNote(character) {
  const text = rehearsalText(character);
  return h("p", { class: "readiness", title: t("readiness.why"), hidden: text === null, data: { rehearses: character.slug } }, text);
}

/**
 * Brings the notes of a list up to date in their places, so that what has the focus beside them keeps it.
 * @param {HTMLElement} list
 * @param {CharacterOut[]} characters
 */
export function refreshNotes(list, characters) {
  for (const character of characters) {
    list.querySelector(`[data-rehearses="${CSS.escape(character.slug)}"]`)?.replaceWith(rehearsalNote(character));
  }
}

/** The character without what only a note shows: it is drawn anew when this changes. @param {CharacterOut} character */
export const apartFromNote = (character) =>
  (character.status === "ready" ? { ...character, progress: null, selection_progress: null } : character);

/**
 * A note that follows the character until its finer cues are ready, and then goes away.
 * @param {Promise<CharacterOut|null>} first
 * @param {AbortSignal} signal
 */
export function readinessNote(first, signal) {
  const node = h("div", { class: "readiness-line", hidden: true });
  /** @param {CharacterOut} character */
  const draw = (character) => {
    node.hidden = character.selection_progress === null;
    fill(node, h("p", { class: "readiness" }, h("span", {}, rehearsalText(character)), h("span", {}, t("readiness.why"))));
  };
  first.then((character) => character && followRehearsal(character, draw, signal));
  return node;
}

/**
 * Draws a character now, and again whenever it has come further, until nothing of it is left to rehearse.
 * @param {CharacterOut} character
 * @param {(fresh: CharacterOut) => void} draw
 * @param {AbortSignal} signal
 */
export function followRehearsal(character, draw, signal) {
  const path = `/api/characters/${encodeURIComponent(character.slug)}`;
  draw(character);
  if (!isRehearsing(character)) return Promise.resolve();
  return repeat(async () => {
    if (document.hidden) return REHEARSING_MS;
    /** @type {CharacterOut|null} */
    const fresh = await get(path, signal).catch(() => null);
    if (fresh) draw(fresh);
    if (fresh && !isRehearsing(fresh)) return null;
    return fresh?.status === "indexing" ? LEARNING_MS : REHEARSING_MS;
  }, signal);
}
