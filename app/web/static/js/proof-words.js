/** What the proof meter's figures say, in words. */

import { decimal, number } from "./format.js";
import { t } from "./i18n.js";

/** @import { DifferenceOut, IntervalOut } from "./types.js" */

const MOST_BITS = 30;
/** Fewer than this narrow nothing down that one could picture. */
const LEAST_BITS = 2;

/** Where a value lies: "(between 9 and 19)". @param {IntervalOut} interval */
export const intervalText = ({ low, high }) => t("proof.interval", { low: decimal(low), high: decimal(high) });

/**
 * Whether the character's lines help, hurt or neither can be shown, in a sentence.
 * @param {string} name
 * @param {number} replies
 * @param {Pick<DifferenceOut, "bits_a_reply"|"is_significant">} difference
 */
export function headline(name, replies, { bits_a_reply: { value, low, high }, is_significant: significant }) {
  const hurts = significant && value < 0;
  const key = significant ? (hurts ? "proof.hurts" : "proof.helps") : "proof.unsure";
  // "Harder by 3 bits", not by minus three.
  const [bits, from, to] = hurts ? [-value, -high, -low] : [value, low, high];
  return t(key, { name, replies, bits: decimal(bits), low: decimal(from), high: decimal(to) });
}

/** How many next lines so many bits narrow down to one: "16,000". @param {number} bits */
export function narrowed(bits) {
  if (bits < LEAST_BITS) return null;
  if (bits > MOST_BITS) return t("proof.narrows_most");
  const lines = 2 ** bits;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(lines)) - 1);
  return t("proof.narrows", { lines: number(Math.round(lines / unit) * unit) });
}
