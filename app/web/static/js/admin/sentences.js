/** The sentences of operators, some of which authors need as well. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const operatorSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
