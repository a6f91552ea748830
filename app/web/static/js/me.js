/** Who uses this browser, and what they may do: asked once, and again where it may have changed. */

import { connection, get } from "./api.js";

/** @import { Me } from "./types.js" */

/** Fires `change` when another person is known. */
export const me = Object.assign(new EventTarget(), {
  current: /** @type {Me|null} */ (null),
  /** The answer that is awaited. */
  asked: /** @type {Promise<Me>|null} */ (null),
});

export async function refreshMe() {
  /** @type {Me} */
  const fresh = await get("/api/me");
  const changed = JSON.stringify(fresh) !== JSON.stringify(me.current);
  me.current = fresh;
  if (changed) me.dispatchEvent(new Event("change"));
  return fresh;
}

/** Who it is, asked for once; views that depend on it wait for it. */
export async function knownMe() {
  if (me.current) return me.current;
  me.asked ??= refreshMe().finally(() => { me.asked = null; });
  return me.asked;
}

/**
 * Keeps it known: asks now, when the server is back, when a session turns out to be over, and when
 * the page is looked at again, since another tab may have signed out.
 */
export function watchMe() {
  const ask = () => refreshMe().catch(() => {});
  connection.addEventListener("change", () => connection.online && me.current === null && ask());
  connection.addEventListener("stranger", ask);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  // "Back" may bring a page as it was left, with all that a person who has signed out saw on it.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  knownMe().catch(() => {});
}
