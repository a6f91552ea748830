/** The ways in and out: where a person signs in, and where they go afterwards. */

import { codeOf } from "../api.js";
import { h } from "../dom.js";
import { go } from "../go.js";
import { knownMe, refreshMe } from "../me.js";
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

/**
 * A view that guests do not open where they are not admitted; for views that ask for nothing which
 * the server would refuse.
 * @param {OpenView} open
 * @returns {OpenView}
 */
export const behindTheDoor = (open) => async (params, signal) => {
  const caller = await knownMe();
  if (caller.open || caller.guests || caller.role !== "guest") return open(params, signal);
  go(doorFromHere("/sign-in"), { replace: true });
  return { title: "", node: h("div", {}) };
};

/** Leads to the door where guests are not admitted. @param {unknown} error @returns {boolean} whether it was that */
export function leadToTheDoor(error) {
  if (codeOf(error) !== "sign_in_needed") return false;
  go(doorFromHere("/sign-in"), { replace: true });
  return true;
}
