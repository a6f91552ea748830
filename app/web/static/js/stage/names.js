/** How a cast is named where there is little room. */

import { h } from "../dom.js";
import { languageOf, list } from "../format.js";
import { hueOf } from "../monogram.js";

/** @import { ParticipantOut } from "../types.js" */

/** A word that is no name by itself. */
const TITLE = /^(?:mr|mrs|ms|miss|dr|sir|lady|lord|the|aunt|uncle|old|young|st|inspector|captain|professor|father|mother|sister|brother|king|queen)\.?$/i;

/** The first word of a name where it says whom; else all of it. @param {string} name @param {string[]} all the names of the cast */
export function shortName(name, all) {
  const [first] = name.split(/\s+/);
  const isTaken = all.some((other) => other !== name && other.split(/\s+/)[0] === first);
  return isTaken || TITLE.test(first) ? name : first;
}

/** “Bev, Ambrose and Kit”. @param {string[]} names */
export const shortNames = (names) => list(names.map((name) => shortName(name, names)));

/** Who takes part in a conversation: the one character by its whole name, a cast by short ones. @param {string[]} cast */
export const castName = (cast) => (cast.length === 1 ? cast[0] : shortNames(cast));

/** The same in a list of conversations. @param {string[]} cast */
export const castLabel = (cast) => h("span", { lang: languageOf(castName(cast)) }, castName(cast));

/** The participants whose characters still exist, as they are named in requests. @param {ParticipantOut} participant */
export const idOf = ({ id, slug }) => id ?? slug ?? "";

/** Two hues of a cast are at least so far apart, in degrees, as long as there is room on the circle. */
const APART = 38;
/** Hues that are easily told from each other, where names have the same. */
const PALETTE = [20, 55, 95, 140, 180, 222, 262, 305, 345];

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
    const own = hueOf(name);
    const others = [...found.values()];
    /** @param {number} hue */
    const gap = (hue) => Math.min(360, ...others.map((other) => distance(hue, other)));
    const choices = [own, ...[...PALETTE].sort((one, other) => distance(one, own) - distance(other, own))];
    const widest = choices.reduce((best, hue) => (gap(hue) > gap(best) ? hue : best));
    found.set(name, choices.find((hue) => gap(hue) >= room) ?? widest);
  }
  return found;
}

/** @param {number} one @param {number} other */
const distance = (one, other) => Math.min(Math.abs(one - other), 360 - Math.abs(one - other));
