/** The sentences of ratings, and of the consent to learn from them. */

import { unreachable } from "../api.js";
import { languages } from "../i18n.js";

const SENTENCES = {
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
};

/** Resolves once they are known, in the present language. */
export async function ratingSentences() {
  await languages.extend(SENTENCES).catch(() => {
    throw unreachable();
  });
}
