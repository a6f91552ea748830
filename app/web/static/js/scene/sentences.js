/** The sentences of scenes that people step into. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const sceneSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
