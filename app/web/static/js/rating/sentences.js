/** The sentences of ratings, and of the consent to learn from them. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const ratingSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
