/** The service's status, kept fresh while it changes. */

import { connection, get } from "./api.js";
import { repeat } from "./timing.js";

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

async function untilBack() {
  await refreshStatus().catch(() => {});
  return connection.online ? null : SOON_MS;
}

/** Polls: often while the engine gets ready, seldom otherwise, not at all in a hidden tab. @param {AbortSignal} signal */
export function watchStatus(signal) {
  connection.addEventListener("change", () => connection.online || repeat(untilBack, signal), { signal });
  connection.addEventListener("doubt", () => refreshStatus().catch(() => {}), { signal });
  return repeat(async () => {
    if (document.hidden) return SOON_MS;
    const fresh = await refreshStatus().catch(() => null);
    return fresh?.engine.state === "ready" ? LATER_MS : SOON_MS;
  }, signal);
}
