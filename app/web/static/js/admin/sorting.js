/** Which characters of the operators' list show, and in which order. */

/** @import { AdminCharacter } from "../types.js" */

export const ORDERS = /** @type {const} */ (["newest", "changed", "name", "conversations", "lines", "state"]);

/** @typedef {(typeof ORDERS)[number]} Order */

const STATES = ["failed", "indexing", "ready"];

/** @param {string} a @param {string} b */
const later = (a, b) => b.localeCompare(a);

/** @type {Record<Order, (a: AdminCharacter, b: AdminCharacter) => number>} */
const COMPARE = {
  newest: (a, b) => later(a.created_at, b.created_at),
  changed: (a, b) => later(a.updated_at, b.updated_at),
  name: (a, b) => a.name.localeCompare(b.name),
  conversations: (a, b) => b.conversations - a.conversations || b.messages - a.messages,
  lines: (a, b) => b.lines - a.lines,
  state: (a, b) => STATES.indexOf(a.status) - STATES.indexOf(b.status) || Number(a.published) - Number(b.published),
};

/**
 * Every word of the query occurs in the name, the tagline, a tag or a script's title.
 * @param {AdminCharacter[]} characters
 * @param {string} query
 * @param {Order} order
 */
export function sorted(characters, query, order) {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found = characters.filter((one) => {
    const text = [one.name, one.slug, one.tagline, ...one.aliases, ...one.tags, ...one.scripts.map((script) => script.title)].join("\n").toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
  return found.sort(COMPARE[order]);
}
