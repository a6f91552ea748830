/** The sentences of authors: their own characters, and who finds them. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const sharingSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
