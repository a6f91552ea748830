/** The script's line beside what the user made of it. */

import { h } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";

/** @import { MessageOut } from "../types.js" */

/** Differences in capitals and marks alone are none. @param {string} text */
const heard = (text) => text.toLowerCase().replace(/[\p{P}\p{S}\s]+/gu, "");

/** Whether a message follows the script, so that it waits for no answer. @param {MessageOut} message */
export const isScripts = (message) => message.stage?.reason?.kind === "script";

/** @param {MessageOut} message a line of the user's that follows the script */
export function scriptBeside(message) {
  const text = String(message.stage?.reason?.text ?? "");
  return heard(text) !== heard(message.content)
    && h("p", { class: "speech-remark" }, h("span", {}, t("scene.script_has"), " ", h("q", { lang: languageOf(text) }, text)));
}
