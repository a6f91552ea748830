/** The sentences of accounts, which a service that is open to its one user never loads. */

import { furtherSentences } from "../further-sentences.js";

/** Resolves once they are known, in the present language. */
export const accountSentences = furtherSentences({
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
});
