/** The service's status, kept fresh while it changes. */

import { connection, get } from "./api.js";
import { repeat, sleep } from "./timing.js";

const SOON_MS = 1_500;
const LATER_MS = 10_000;

/** @import { ServiceStatus } from "./types.js" */

export const status = Object.assign(new EventTarget(), { current: /** @type {ServiceStatus|null} */ (null) });

export async function refreshStatus() {
  /** @type {ServiceStatus} */
  const fresh = await get("/api/status");
  const changed = JSON.stringify(fresh) !== JSON.stringify(status.current);
  status.current = fresh;
  if (changed) status.dispatchEvent(new Event("change"));
  return fresh;
}

/** The status, asked for once; views that depend on it wait for it. */
export async function knownStatus() {
  return status.current ?? refreshStatus();
}

/**
 * Polls: often while the server or its engine is away, seldom otherwise, not at all in a hidden tab;
 * at once when a request failed in a way that puts the status in doubt.
 * @param {AbortSignal} signal
 */
export function watchStatus(signal) {
  let wake = () => {};
  for (const news of ["change", "doubt"]) connection.addEventListener(news, () => wake(), { signal });
  return repeat(async () => {
    if (document.hidden && connection.online) return SOON_MS;
    const fresh = await refreshStatus().catch(() => null);
    const woken = new Promise((resolve) => { wake = () => resolve(null); });
    await Promise.race([woken, sleep(fresh?.engine.state === "ready" ? LATER_MS : SOON_MS, signal)]);
    return 0;
  }, signal);
}
