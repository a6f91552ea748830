/** The interface's language: the browser's, until the person chooses. */

import { en } from "./en.js";
import { zh } from "./zh.js";
import { lasting } from "./storage.js";

const DICTIONARIES = { en, zh };

export const languages = new EventTarget();

let current = choose();
apply();

function choose() {
  const chosen = lasting.get("language");
  if (chosen in DICTIONARIES) return chosen;
  for (const tag of navigator.languages ?? [navigator.language]) {
    const base = tag.toLowerCase().split("-")[0];
    if (base in DICTIONARIES) return base;
  }
  return "en";
}

function apply() {
  document.documentElement.lang = current === "zh" ? "zh-Hans" : "en";
}

export const language = () => current;

export function setLanguage(code) {
  current = code;
  lasting.set("language", code);
  apply();
  languages.dispatchEvent(new Event("change"));
}

/** Whether a sentence exists under this key. */
export const has = (key) => key in DICTIONARIES[current];

/**
 * The sentence under `key`. Dictionary entries are strings with `{name}` places, or functions of
 * the parameters where grammar needs one.
 */
export function t(key, params = {}) {
  const entry = DICTIONARIES[current][key];
  if (entry === undefined) throw new Error(`No sentence for "${key}"`);
  if (typeof entry === "function") return entry(params);
  return entry.replace(/\{(\w+)\}/g, (_, name) => String(params[name]));
}
