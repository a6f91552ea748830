/** How a line looks on which moderation had a word. */

import { h } from "../dom.js";
import { t } from "../i18n.js";

/** @import { MessageOut } from "../types.js" */

/** Whether a notice stands in place of the reply. @param {MessageOut} message */
export const isWithheld = ({ role, moderation }) => role === "assistant" && moderation === "hidden";

/** The notice, as a stage direction in the page's language. */
export function withheldText() {
  return h("div", { class: "speech-text" }, h("span", { class: "direction" }, t("moderation.withheld")));
}

/** What is said below a line; null where moderation had nothing to say. @param {MessageOut} message @param {string} name the character's */
export function moderationRemark({ role, moderation }, name) {
  if (role !== "assistant" && moderation === "hidden") return remark(t("moderation.not_passed_on", { name }));
  return role === "assistant" && moderation === "refused" ? remark(t("moderation.declined", { name })) : null;
}

/** @param {string} text */
const remark = (text) => h("p", { class: "speech-remark" }, h("span", { class: "direction" }, text));
