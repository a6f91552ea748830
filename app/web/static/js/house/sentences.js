/** The sentences of the house: owners, the engine's health, settings, backups. */

import { languages } from "../i18n.js";

const SENTENCES = {
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
};

/** Resolves once they are known, in the present language. */
export const houseSentences = () => languages.extend(SENTENCES);
