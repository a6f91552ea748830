/** Who finds a character, as a mark in lists; what everyone finds has none. */

import { h } from "../dom.js";
import { t } from "../i18n.js";

/** @param {{visibility: "private"|"link"|"published"}} character */
export function visibilityBadge({ visibility }) {
  if (visibility === "published") return null;
  return h("span", { class: `tag tag-${visibility}` }, t(`visibility.${visibility}`));
}
