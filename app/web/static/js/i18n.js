/** The interface's language: the browser's, until the person chooses. */

import { lasting } from "./storage.js";

/**
 * @typedef {keyof typeof DICTIONARIES} Language
 * @typedef {typeof import("./en.js").en} Dictionary
 * @typedef {keyof Dictionary} SentenceKey
 *
 * Values for the places of a sentence; a sentence that counts takes `n`.
 * @typedef {{n: number, [name: string]: string|number|boolean}} SentenceParams
 * @typedef {string|((params: SentenceParams) => string)} Sentence
 */

/** A language's sentences are fetched when they are needed. */
const DICTIONARIES = {
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
};

/** @param {string|null} code @returns {code is Language} */
const isKnown = (code) => code !== null && code in DICTIONARIES;

class Languages extends EventTarget {
  constructor() {
    super();
    this.current = chosenLanguage();
    /** @type {Record<string, Sentence>} */
    this.sentences = {};
    this.apply();
  }

  async load() {
    this.sentences = await DICTIONARIES[this.current]();
  }

  apply() {
    document.documentElement.lang = this.current === "zh" ? "zh-Hans" : "en";
  }

  /** @param {Language} code */
  async choose(code) {
    this.sentences = await DICTIONARIES[code]();
    this.current = code;
    lasting.set("language", code);
    this.apply();
    this.dispatchEvent(new Event("change"));
  }
}

/** @returns {Language} */
function chosenLanguage() {
  const chosen = lasting.get("language");
  if (isKnown(chosen)) return chosen;
  for (const tag of navigator.languages ?? [navigator.language]) {
    const base = tag.toLowerCase().split("-")[0];
    if (isKnown(base)) return base;
  }
  return "en";
}

/** Fires `change` when another language is chosen. */
export const languages = new Languages();
await languages.load();

export const language = () => languages.current;

/** @param {Language} code */
export const setLanguage = (code) => languages.choose(code);

/** Whether a sentence exists under this key. @param {string} key @returns {key is SentenceKey} */
export const has = (key) => key in languages.sentences;

/**
 * The sentence under `key`. Dictionary entries are strings with `{name}` places, or functions of
 * the parameters where grammar needs one.
 * @param {SentenceKey} key
 * @param {Record<string, unknown>} [params]
 */
export function t(key, params = {}) {
  /** @type {Sentence|undefined} */
  const entry = languages.sentences[key];
  if (entry === undefined) throw new Error(`No sentence for "${key}"`);
  if (typeof entry === "function") return entry(/** @type {SentenceParams} */ (params));
  return entry.replace(/\{(\w+)\}/g, (_, name) => String(params[name]));
}
