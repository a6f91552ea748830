/** The sentences of learning a part by heart. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const learningSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
