/** The sentences of adapters: the list, and what one does for a character. */

import { languages } from "../i18n.js";

const SENTENCES = {
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
};

/** Resolves once they are known, in the present language. */
export const adapterSentences = () => languages.extend(SENTENCES);
