/** The sentences of bookmarks: how far a reader is in a script. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const bookmarkSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
