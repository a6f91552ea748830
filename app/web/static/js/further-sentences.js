/** Loads the sentences that a view has beside those of the first one. */

import { unreachable } from "./api.js";
import { languages } from "./i18n.js";

/** @import { Further } from "./i18n.js" */

/** A function that resolves once further sentences are known, in the present language. @param {Further} further */
export const furtherSentences = (further) => async () => {
  await languages.extend(further).catch(() => {
    throw unreachable();
  });
};
