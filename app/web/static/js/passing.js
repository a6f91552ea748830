/** Complaints that are true only while their cause lasts. */

import { codeOf, connection } from "./api.js";
import { status } from "./status.js";

/** @type {Record<string, () => boolean>} whether the cause is over, by the error's code */
const OVER = {
  offline: () => connection.online,
  service_away: () => connection.online,
  engine_unavailable: () => status.current?.engine.state === "ready",
};

/**
 * Calls `act` once the cause of a complaint is over; never for one that stays true.
 * @param {unknown} error
 * @param {() => void} act takes the complaint back
 * @param {AbortSignal} signal aborts when the complaint is gone otherwise
 */
export function onceOver(error, act, signal) {
  const over = OVER[codeOf(error) ?? ""];
  if (!over) return;
  const done = new AbortController();
  const check = () => {
    if (!over()) return;
    done.abort();
    act();
  };
  for (const source of [connection, status]) {
    source.addEventListener("change", check, { signal: AbortSignal.any([signal, done.signal]) });
  }
}
