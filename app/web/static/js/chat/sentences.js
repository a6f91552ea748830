/** The sentences of conversations, which the first view does without. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const chatSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
