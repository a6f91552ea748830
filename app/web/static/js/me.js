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
  me.current = fresh;
  me.dispatchEvent(new Event("change"));
  return fresh;
}

/** Who it is, asked for once; views that depend on it wait for it. */
export async function knownMe() {
  if (me.current) return me.current;
  me.asked ??= refreshMe().finally(() => { me.asked = null; });
  return me.asked;
}

/** Keeps it known: asks now, when the server is back, and when a session turns out to be over. */
export function watchMe() {
  const ask = () => refreshMe().catch(() => {});
  connection.addEventListener("change", () => connection.online && me.current === null && ask());
  connection.addEventListener("stranger", ask);
  knownMe().catch(() => {});
}
