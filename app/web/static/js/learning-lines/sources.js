/** Where the lines of a rehearsal come from, one after the other. */

import { get, withQuery } from "../api.js";

/** @import { PageOf, RehearsedLineOut } from "../types.js" */

/** @typedef {{next: () => Promise<RehearsedLineOut|null>}} Source null: there are no more */

const PAGE = 20;

/** @param {RehearsedLineOut[]} lines @returns {Source} */
export function ofLines(lines) {
  const left = [...lines];
  return { next: async () => left.shift() ?? null };
}

/**
 * The part's lines in order, those behind the first `after`.
 * @param {string} path the part's address in the API
 * @param {number} after
 * @param {AbortSignal} signal
 * @returns {Source}
 */
export function onwards(path, after, signal) {
  /** @type {RehearsedLineOut[]} */
  let left = [];
  /** @type {string|number|null} */
  let cursor = after;
  return {
    next: async () => {
      if (left.length === 0 && cursor !== null) {
        /** @type {PageOf<RehearsedLineOut>} */
        const page = await get(withQuery(`${path}/lines`, { cursor, limit: PAGE }), signal);
        left = page.items;
        cursor = page.next_cursor;
      }
      return left.shift() ?? null;
    },
  };
}

/** From the first line in a scene on. @param {string} path @param {number} scene @param {AbortSignal} signal */
export async function fromScene(path, scene, signal) {
  /** @type {PageOf<RehearsedLineOut>} */
  const { items } = await get(withQuery(`${path}/lines`, { scene, limit: 1 }), signal);
  return onwards(path, items.length > 0 ? items[0].number - 1 : 0, signal);
}
