/** The dialog in which a reader reports a reply or a character. */

import { post } from "./api.js";
import { fill, formOf, h, textIn, uniqueId, within } from "./dom.js";
import { explain } from "./errors.js";
import { choice, field, textArea } from "./field.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";

export const REASONS = /** @type {const} */ (["sexual", "violent", "hateful", "self_harm", "private", "rights", "other"]);
const LONGEST_NOTE = 500;

/**
 * Asks why, and sends the report; what was typed stays until it is sent.
 * @param {{title: string, text: string, subject: {character: string}|{conversation: string, message: string}}} report
 * @returns {Promise<void>} once the dialog is closed
 */
export function openReport({ title, text, subject }) {
  const heading = uniqueId("report");
  const complaint = h("div", {});
  let isBusy = false;
  /** @param {SubmitEvent} event */
  const send = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    const form = formOf(event);
    const reason = textIn(form, "reason");
    if (!reason) {
      fill(complaint, h("p", { class: "field-error", role: "alert" }, t("reporting.reason_needed")));
      within(form, "select").focus();
      return;
    }
    isBusy = true;
    fill(complaint);
    try {
      await post("/api/reports", { ...subject, reason, note: textIn(form, "note") });
      dialog.close();
      toast(t("reporting.sent"));
    } catch (error) {
      fill(complaint, h("p", { class: "field-error", role: "alert" }, explain(error)));
    } finally {
      isBusy = false;
    }
  };
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { "aria-labelledby": heading },
    h("form", { class: "dialog-form", novalidate: true, on: { submit: send } },
      h("h2", { id: heading }, title),
      h("p", {}, text),
      field({ label: t("reporting.reason"), name: "reason", required: true, control: choice([["", t("reporting.choose")], ...REASONS.map((reason) => [reason, t(`reporting.${reason}`)])]) }),
      field({ label: t("reporting.note"), name: "note", rows: 3, maxlength: LONGEST_NOTE, control: textArea }),
      complaint,
      h("div", { class: "actions" },
        h("button", { class: "button button-plain", type: "button", on: { click: () => dialog.close() } }, t("cancel")),
        h("button", { class: "button button-primary" }, t("reporting.send")))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
}
