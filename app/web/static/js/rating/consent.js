/** Asks once whether what a person says about replies may be learnt from. */

import { put } from "../api.js";
import { h, uniqueId } from "../dom.js";
import { t } from "../i18n.js";

/**
 * Who closes the question without an answer is not asked again in this conversation.
 * @param {{isOver: boolean}} asking
 * @returns {Promise<boolean>} whether it may be
 */
export async function askConsent(asking) {
  if (asking.isOver) return false;
  asking.isOver = true;
  const answer = await question();
  if (answer === "") return false;
  await put("/api/me/learning", { given: answer === "yes" });
  return answer === "yes";
}

/** @returns {Promise<string>} `yes`, `no`, or nothing */
function question() {
  const heading = uniqueId("consent");
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { "aria-labelledby": heading },
    h("form", { method: "dialog", class: "dialog-form consent" },
      h("h2", { id: heading }, t("learning.ask")),
      h("p", {}, t("learning.ask_text")),
      h("p", {}, t("learning.ask_without")),
      h("p", { class: "field-hint" }, t("learning.ask_more"), " ",
        h("a", { href: "/my-data", on: { click: () => dialog.close("") } }, t("learning.place"))),
      h("div", { class: "actions" },
        h("button", { class: "button", value: "no", autofocus: true }, t("learning.no")),
        h("button", { class: "button", value: "yes" }, t("learning.yes")))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}
