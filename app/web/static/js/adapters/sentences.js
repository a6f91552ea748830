/** The sentences of adapters: the list, and what one does for a character. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const adapterSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
