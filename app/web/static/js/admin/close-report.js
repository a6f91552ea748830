/** The dialog in which an admin closes a report. */

import { post } from "../api.js";
import { fill, formOf, h, textIn, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field, textArea } from "../field.js";
import { t } from "../i18n.js";

/** @import { ReportOut } from "../types.js" */

export const OUTCOMES = /** @type {const} */ (["acted", "noted", "no_breach"]);

/**
 * @param {string} path
 * @returns {Promise<ReportOut|null>} the closed report; null when the admin changed their mind
 */
export function closeReport(path) {
  const heading = uniqueId("close");
  const complaint = h("div", {});
  /** @type {ReportOut|null} */
  let closed = null;
  /** @param {SubmitEvent} event */
  const send = async (event) => {
    event.preventDefault();
    const form = formOf(event);
    try {
      closed = await post(path, { outcome: textIn(form, "outcome"), answer: textIn(form, "answer") });
      dialog.close();
    } catch (error) {
      fill(complaint, h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { "aria-labelledby": heading },
    h("form", { class: "dialog-form", on: { submit: send } },
      h("h2", { id: heading }, t("reports.close_title")),
      field({ label: t("reports.outcome"), name: "outcome", control: choice(OUTCOMES.map((each) => [each, t(`reports.${each}`)])) }),
      field({ label: t("reports.answer"), name: "answer", rows: 3, maxlength: 500, hint: t("reports.answer_hint"), control: textArea }),
      complaint,
      h("div", { class: "actions" },
        h("button", { class: "button button-plain", type: "button", on: { click: () => dialog.close() } }, t("cancel")),
        h("button", { class: "button button-primary" }, t("reports.close")))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(closed);
    });
  });
}
