/** What a language code is called in the interface's language. */

import { language } from "./i18n.js";

export function languageName(code) {
  try {
    return new Intl.DisplayNames(language() === "zh" ? "zh-Hans" : "en", { type: "language" }).of(code);
  } catch {
    return code;
  }
}
