/** When things were said: a heading for every day, a time beside every line. */

import { h } from "../dom.js";
import { clock, dayName, moment } from "../format.js";

/** @import { Item } from "../dom.js" */
/** @import { MessageOut } from "../types.js" */

/** When it was said; a message on its way is said now. @param {MessageOut} message */
const saidAt = ({ created_at: at }) => (at ? new Date(at) : new Date());

/**
 * The items with a heading in front of the first message of each day.
 * @param {MessageOut[]} messages
 * @param {Item[]} items one of each message
 * @returns {Item[]}
 */
export function withDays(messages, items) {
  let day = "";
  return items.flatMap((item, place) => {
    const said = saidAt(messages[place]);
    const next = said.toDateString();
    if (next === day) return [item];
    day = next;
    return [heading(said), item];
  });
}

/** @param {Date} date @returns {Item} */
function heading(date) {
  const name = dayName(date);
  return {
    key: `day-${date.toDateString()}`,
    signature: name,
    render: () => h("li", { class: "day" }, h("time", { datetime: date.toLocaleDateString("sv") }, name)),
  };
}

/** The time beside a line. @param {string} iso "" for a line on its way */
export function timeBeside(iso) {
  if (!iso) return null;
  return h("time", { class: "speech-time", datetime: iso, title: moment(iso) }, clock(iso));
}
