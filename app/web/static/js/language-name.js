/** The name of a language code in the interface's language. */

import { language } from "./i18n.js";

/** @param {string} code */
export function languageName(code) {
  try {
    return new Intl.DisplayNames(language() === "zh" ? "zh-Hans" : "en", { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
