/** Parts of the pages that are fetched when they are needed. */

import { ApiError, get } from "./api.js";

/**
 * Why a part of the pages was not fetched; throws where the server is out of reach. Where it answers,
 * the page is another release's, or something between the two keeps the file back: trying again does not help.
 */
export async function whyNotFetched() {
  await get("/api/status");
  return new ApiError({ status: 0, code: "part_missing", message: "A part of the page could not be loaded." });
}

/**
 * A function that is fetched at its first call, and kept. Where its file cannot be fetched, the next
 * call tries again.
 * @template {unknown[]} A
 * @template R
 * @param {() => Promise<(...args: A) => R|Promise<R>>} fetched
 */
export function later(fetched) {
  /** @type {Promise<(...args: A) => R|Promise<R>>|null} */
  let known = null;
  return async (/** @type {A} */ ...args) => {
    known ??= fetched().catch(async () => {
      known = null;
      throw await whyNotFetched();
    });
    const run = await known;
    return run(...args);
  };
}
