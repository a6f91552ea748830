/** Parts of the pages that are fetched when they are needed. */

import { unreachable } from "./api.js";

/**
 * A function that is fetched at its first call, and kept. Where its file cannot be fetched, the
 * server is out of reach; the next call tries again.
 * @template {unknown[]} A
 * @template R
 * @param {() => Promise<(...args: A) => R|Promise<R>>} fetched
 */
export function later(fetched) {
  /** @type {Promise<(...args: A) => R|Promise<R>>|null} */
  let known = null;
  return async (/** @type {A} */ ...args) => {
    known ??= fetched().catch(() => {
      known = null;
      throw unreachable();
    });
    const run = await known;
    return run(...args);
  };
}
