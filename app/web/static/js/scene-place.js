/** Where an example's lines stand in the script, and how many before them a prompt leaves out. */

import { number } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {{scene: number|null, start: number|null}} Place positions from 0; null where they are not known */

/**
 * "Scene 3, lines 4–6"; null where the scene is not known.
 * @param {Place} place
 * @param {number} lines how many
 */
export function placeText({ scene, start }, lines) {
  if (scene === null) return null;
  const from = (start ?? 0) + 1;
  const params = { scene: number(scene + 1), from: number(from), to: number(from + lines - 1) };
  return t(lines === 1 ? "examples.place_one" : "examples.place", params);
}

/** "The 12 lines before are cut off."; null for none. @param {number} cut */
export const cutText = (cut) => (cut > 0 ? t("examples.cut", { n: cut, count: number(cut) }) : null);
