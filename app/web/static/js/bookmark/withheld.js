/** Says on a character's page what is kept until the reader is there. */

import { h } from "../dom.js";
import { t } from "../i18n.js";

/** @import { CharacterOut } from "../types.js" */

/** @param {CharacterOut} character */
export function withheldNote({ name, reading, profile_scenes: drafted }) {
  if (!reading) return null;
  const texts = [
    !reading.met && t("bookmark.unmet", { name }),
    reading.met && reading.withheld.includes("profile") && drafted !== null && t("bookmark.withheld_profile"),
    reading.met && reading.withheld.some((each) => each !== "profile" && each !== "others") && t("bookmark.withheld", { name }),
  ].filter(Boolean);
  return texts.length > 0 && h("div", { class: "notice bookmark-withheld", role: "note" }, texts.map((text) => h("p", {}, text)));
}
