/** The sentences about the exact prompt of a reply. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const promptSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
