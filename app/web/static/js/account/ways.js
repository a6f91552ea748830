/** The ways in and out: where a person signs in, and where they go afterwards. */

import { h } from "../dom.js";
import { go } from "../go.js";
import { knownMe, refreshMe } from "../me.js";
import { knownStatus } from "../status.js";
import { lasting } from "../storage.js";

/** @import { OpenView } from "../router.js" */

const DOORS = ["/sign-in", "/sign-up"];

/** The address of a door that leads back to the present page. @param {string} door */
export function doorFromHere(door) {
  const here = DOORS.includes(location.pathname) ? wantedAfterwards() : location.pathname + location.search;
  return here === "/" ? door : `${door}?next=${encodeURIComponent(here)}`;
}

/** The page to go on with, as the address says; another site's, or a door, is the first page instead. */
export function wantedAfterwards() {
  const next = new URLSearchParams(location.search).get("next") ?? "/";
  // Only a path: "//host" and "/\host" name other sites, and other schemes run programs.
  if (!/^\/(?![/\\])/.test(next) || !URL.canParse(next, location.origin)) return "/";
  const { origin, pathname, search } = new URL(next, location.origin);
  if (origin !== location.origin || DOORS.includes(pathname)) return "/";
  return pathname + search;
}

/** Goes on as another person: the page is loaded anew, so that nothing of the one before is left. */
export async function arrive() {
  const { person } = await refreshMe();
  lasting.set("language", person?.language ?? lasting.get("language"));
  location.replace(wantedAfterwards());
}

/** Leads a guest to the door. */
export const goToTheDoor = () => go(doorFromHere("/sign-in"), { replace: true });

/**
 * A view that guests do not open where they are not admitted; for views that ask for nothing which
 * the server would refuse.
 * @param {OpenView} open
 * @returns {OpenView}
 */
export const behindTheDoor = (open) => async (params, signal) => {
  const { admin_required: isGuarded } = await knownStatus();
  if (!isGuarded) return open(params, signal);
  const caller = await knownMe();
  if (caller.guests || caller.role !== "guest") return open(params, signal);
  goToTheDoor();
  return { title: "", node: h("div", {}) };
};
