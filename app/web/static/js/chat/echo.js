/**
 * The line of the script that a reply echoes: of all own lines that were shown to the model, the
 * one with most of the reply's rarer words. Where none has any, the reply echoes nothing.
 */

import { splitLine } from "../script-page.js";

/** @import { MessageOut, PromptSource } from "../types.js" */

/**
 * @typedef {object} Echo
 * @property {string} speaker
 * @property {string} text
 * @property {PromptSource} example the example that the line is from
 * @property {number} place of the line among the example's
 */

/** Cosine of weighted words, below which the likeness is chance. */
const LEAST = 0.2;
const WORD = /[\p{L}\p{N}]+/gu;
const CJK = /[\u3040-\u30ff\u3400-\u9fff]/;

/** @param {MessageOut} message a reply @param {Set<string>} own names that the character speaks under @returns {Echo|null} */
export function echoOf(message, own) {
  const lines = message.examples.filter(({ kind }) => kind === "example").flatMap((example) =>
    example.lines.map((line, place) => ({ ...splitLine(line), example, place })));
  const bags = lines.map(({ text }) => features(text));
  const reply = features(message.content);
  const weight = rarity([...bags, reply]);
  let best = null;
  let most = LEAST;
  for (const [at, { speaker, text, example, place }] of lines.entries()) {
    if (!own.has(speaker)) continue;
    const likeness = cosine(bags[at], reply, weight);
    if (likeness <= most) continue;
    most = likeness;
    best = { speaker, text, example, place };
  }
  return best;
}

/** Its words; of writing without spaces, its pairs of characters. @param {string} text */
function features(text) {
  /** @type {Set<string>} */
  const found = new Set();
  for (const [word] of text.toLowerCase().matchAll(WORD)) {
    if (!CJK.test(word)) found.add(word);
    else for (let at = 0; at + 1 < word.length; at++) found.add(word.slice(at, at + 2));
  }
  return found;
}

/** Weighs words by how few of the lines have them. @param {Array<Set<string>>} bags */
function rarity(bags) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const bag of bags) for (const word of bag) counts.set(word, (counts.get(word) ?? 0) + 1);
  return (/** @type {string} */ word) => Math.log((bags.length + 1) / (counts.get(word) ?? 1)) ** 2;
}

/** @param {Set<string>} one @param {Set<string>} other @param {(word: string) => number} weight */
function cosine(one, other, weight) {
  /** @param {Iterable<string>} words */
  const sum = (words) => [...words].reduce((total, word) => total + weight(word), 0);
  const common = sum([...one].filter((word) => other.has(word)));
  return common === 0 ? 0 : common / Math.sqrt(sum(one) * sum(other));
}
