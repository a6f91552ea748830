/** Shows a secret that the server cannot show again, until its dialog is closed. */

import { copied } from "./clipboard.js";
import { h, uniqueId, within } from "./dom.js";
import { field } from "./field.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";

/**
 * @param {{title: string, label: string, value: string, text?: string}} secret
 * @returns {Promise<void>} once it has been kept
 */
export function showOnce({ title, label, value, text = t("once.text") }) {
  const heading = uniqueId("once");
  const box = field({ label, name: "secret", value, readonly: true, spellcheck: "false" });
  const input = within(box, "input");
  const copy = async () => {
    if (await copied(input)) toast(t("chat.copied"));
  };
  const dialog = h("dialog", { "aria-labelledby": heading },
    h("form", { method: "dialog", class: "dialog-form" },
      h("h2", { id: heading }, title),
      h("p", {}, text),
      box,
      h("div", { class: "actions" },
        h("button", { class: "button", type: "button", on: { click: copy } }, t("chat.copy")),
        h("button", { class: "button button-primary" }, t("once.kept")))));
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
  input.setSelectionRange(0, value.length, "backward"); // its beginning is in sight
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
}
