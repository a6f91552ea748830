/** A point in time in words, and the scene that it stands before. */

import { get } from "./api.js";
import { number } from "./format.js";
import { t } from "./i18n.js";

/** @import { SceneAt } from "./types.js" */

/** The point in words; `until` is null for the whole script. @param {number|null} until */
export function pointText(until) {
  return until === null ? t("moment.whole") : t("moment.before", { n: number(until + 1) });
}

/**
 * A scene's heading, or else its first line.
 * @param {string} slug
 * @param {number} position
 * @param {AbortSignal} signal
 */
export async function sceneLabel(slug, position, signal) {
  /** @type {SceneAt} */
  const scene = await get(`/api/characters/${encodeURIComponent(slug)}/scenes/${position}`, signal);
  if (!scene.read) return t("moment.scene", { n: number(position + 1) });
  const label = scene.heading || scene.opening;
  return scene.episode ? `${scene.episode} · ${label}` : label;
}
