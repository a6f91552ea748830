/** The sentences of the house: owners, the engine's health, settings, backups. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const houseSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
