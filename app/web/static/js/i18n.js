/** The interface's language: the browser's, until the person chooses. */

import { lasting } from "./storage.js";

/** @import { en as accounts } from "./account/en.js" */
/** @import { en as adapters } from "./adapters/en.js" */
/** @import { en as operators } from "./admin/en.js" */
/** @import { en as reports } from "./admin/reports-en.js" */
/** @import { en as bookmark } from "./bookmark/en.js" */
/** @import { en as chat } from "./chat/en.js" */
/** @import { en as api } from "./docs/en.js" */
/** @import { en as house } from "./house/en.js" */
/** @import { en as learning } from "./learning-lines/en.js" */
/** @import { en as prompt } from "./prompt/en.js" */
/** @import { en as rating } from "./rating/en.js" */
/** @import { en as scene } from "./scene/en.js" */
/** @import { en as sharing } from "./sharing/en.js" */
/** @import { en as stage } from "./stage/en.js" */
/** @import { en as reading } from "./upload/en.js" */
/** @import { en as views } from "./views/en.js" */

/**
 * @typedef {keyof typeof DICTIONARIES} Language
 * @typedef {keyof typeof import("./en.js").en
 *   | keyof typeof accounts
 *   | keyof typeof adapters
 *   | keyof typeof operators
 *   | keyof typeof reports
 *   | keyof typeof bookmark
 *   | keyof typeof api
 *   | keyof typeof chat
 *   | keyof typeof house
 *   | keyof typeof learning
 *   | keyof typeof prompt
 *   | keyof typeof rating
 *   | keyof typeof scene
 *   | keyof typeof sharing
 *   | keyof typeof stage
 *   | keyof typeof reading
 *   | keyof typeof views} SentenceKey
 *
 * Values for the places of a sentence; a sentence that counts takes `n`.
 * @typedef {{n: number, [name: string]: string|number|boolean}} SentenceParams
 * @typedef {string|((params: SentenceParams) => string)} Sentence
 * @typedef {Record<Language, () => Promise<object>>} Further
 */

const PLACE = /\{(\w+)(?:, ([^|{}]+)\|([^|{}]+))?\}/g;
/** Loaded one at a time: a page needs the sentences of one language. */
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
    /** @type {Record<SentenceKey, Sentence>|null} */
    this.sentences = null;
    /** @type {Further[]} */
    this.further = [];
    this.apply();
  }

  async load() {
    let code;
    do {
      code = this.current;
      this.sentences = await this.fetched(code);
    } while (code !== this.current); // another language was chosen meanwhile
  }

  /** Adds the sentences of further pages, once. @param {Further} further */
  async extend(further) {
    if (!this.further.includes(further)) this.further.push(further);
    await this.load();
  }

  /** @param {Language} code @returns {Promise<Record<SentenceKey, Sentence>>} */
  async fetched(code) {
    /** @type {unknown[]} */
    const { length } = this.further;
    const parts = await Promise.all([DICTIONARIES, ...this.further].map((each) => each[code]()));
    return length === this.further.length ? Object.assign({}, ...parts) : this.fetched(code);
  }

  apply() {
    document.documentElement.lang = this.current === "zh" ? "zh-Hans" : "en";
  }

  /** @param {Language} code */
  async choose(code) {
    const sentences = await this.fetched(code);
    this.current = code;
    this.sentences = sentences;
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

/** Stays with the present language where the other one cannot be loaded. @param {Language} code */
export const setLanguage = (code) => languages.choose(code).catch(() => {});

/** Whether a sentence exists under this key. @param {string} key @returns {key is SentenceKey} */
export const has = (key) => languages.sentences !== null && key in languages.sentences;

/** The interface's language with its country, for numbers and dates. */
export const locale = () => (languages.current === "zh" ? "zh-CN" : "en-GB");

/** @param {number} n */
const grouped = (n) => new Intl.NumberFormat(locale()).format(n);

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A value in its own order: numbers and marks beside an Arabic or Hebrew name stay where the sentence has them. @param {unknown} value */
const isolated = (value) => (typeof value === "string" && RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value);

/**
 * The sentence under `key`. Dictionary entries are strings with places, or functions of the
 * parameters where grammar needs one. `{name}` stands for a parameter, `{n, scene|scenes}` for a
 * number with its noun in the singular or the plural.
 * @param {SentenceKey} key
 * @param {Record<string, unknown>} [params]
 */
export function t(key, params = {}) {
  const entry = languages.sentences?.[key];
  if (entry === undefined) throw new Error(`No sentence for "${key}"`);
  if (typeof entry === "function") return entry(/** @type {SentenceParams} */ (Object.fromEntries(Object.entries(params).map(([name, value]) => [name, isolated(value)]))));
  return entry.replace(PLACE, (_, name, one, many) => {
    const value = isolated(params[name]);
    const shown = typeof value === "number" ? grouped(value) : String(value);
    return one === undefined ? shown : `${shown} ${shown === "1" ? one : many}`;
  });
}
