/** A text that is shown to be copied, with its button. */

import { copied } from "../clipboard.js";
import { h, within } from "../dom.js";
import { field } from "../field.js";
import { toast } from "../toast.js";

/** @param {{label: string, value: string, action: string, said: string, hint?: string}} options */
export function copyField({ label, value, action, said, hint }) {
  const box = field({ label, name: "address", value, hint, readonly: true, spellcheck: "false", dir: "ltr" });
  const input = within(box, "input");
  const copy = async () => {
    if (await copied(input)) toast(said);
  };
  input.addEventListener("focus", () => input.select());
  const row = h("div", { class: "copy-row" });
  input.replaceWith(row);
  row.append(input, h("button", { class: "button", type: "button", on: { click: copy } }, action));
  return box;
}
