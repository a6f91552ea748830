/** Loads the sentences that a view has beside those of the first one. */

import { languages } from "./i18n.js";
import { whyNotFetched } from "./later.js";

/** @import { Further } from "./i18n.js" */

/** A function that resolves once further sentences are known, in the present language. @param {Further} further */
export const furtherSentences = (further) => async () => {
  await languages.extend(further).catch(async () => {
    throw await whyNotFetched();
  });
};
