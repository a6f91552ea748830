/** How a cast is named where there is little room. */

import { list } from "../format.js";
import { hueOf } from "../monogram.js";

/** @import { ParticipantOut } from "../types.js" */

/** A word that is no name by itself. */
const TITLE = /^(?:mr|mrs|ms|miss|dr|sir|lady|lord|the|aunt|uncle|old|young|st)\.?$/i;

/** The first word of a name where it says whom; else all of it. @param {string} name @param {string[]} all the names of the cast */
export function shortName(name, all) {
  const [first] = name.split(/\s+/);
  const isTaken = all.some((other) => other !== name && other.split(/\s+/)[0] === first);
  return isTaken || TITLE.test(first) ? name : first;
}

/** “Bev, Ambrose and Kit”. @param {string[]} names */
export const shortNames = (names) => list(names.map((name) => shortName(name, names)));

/** The participants whose characters still exist, as they are named in requests. @param {ParticipantOut} participant */
export const idOf = ({ id, slug }) => id ?? slug ?? "";

/** Two hues of a cast are at least so far apart, in degrees, as long as there is room on the circle. */
const APART = 38;
const STEP = 29;

/**
 * A hue for each of a cast: that of its name, or the next one that no one before has.
 * @param {string[]} names
 * @returns {Map<string, number>}
 */
export function castHues(names) {
  const room = Math.min(APART, 360 / (names.length + 2));
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const name of names) {
    let hue = hueOf(name);
    for (let tries = 0; tries < 24 && [...found.values()].some((other) => distance(hue, other) < room); tries++) hue = (hue + STEP) % 360;
    found.set(name, hue);
  }
  return found;
}

/** @param {number} one @param {number} other */
const distance = (one, other) => Math.min(Math.abs(one - other), 360 - Math.abs(one - other));
