/** The sentences of accounts, which a service that is open to its one user never loads. */

import { unreachable } from "../api.js";
import { languages } from "../i18n.js";

const SENTENCES = {
  en: async () => (await import("./en.js")).en,
  zh: async () => (await import("./zh.js")).zh,
};

/** Resolves once they are known, in the present language. */
export async function accountSentences() {
  await languages.extend(SENTENCES).catch(() => {
    throw unreachable();
  });
}
