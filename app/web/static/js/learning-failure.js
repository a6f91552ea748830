/** Why a character's lines could not be learned: our sentence, then the server's own words. */

import { h } from "./dom.js";
import { t } from "./i18n.js";

/** @param {{error: string|null}} character @returns {Array<Node|string|null>} */
export const learningFailure = ({ error }) =>
  error ? [t("character.failed_text"), " ", h("span", { lang: "en" }, error)] : [];
