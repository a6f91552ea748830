/** The sentences of stages, and of those who set one. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const stageSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
