/** A scene that is pasted or typed instead of a file. */

import { h, within } from "../dom.js";
import { field, textArea } from "../field.js";
import { t } from "../i18n.js";

/** @param {(file: File) => void} onFile */
export function pasteBox(onFile) {
  const area = field({
    label: t("paste.label"), name: "pasted", control: textArea, rows: 8, hint: t("paste.hint"), placeholder: t("paste.example"), spellcheck: "false",
  });
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    const text = within(area, "textarea").value;
    if (text.trim()) onFile(new File([text], `${titleOf(text)}.txt`, { type: "text/plain" }));
    else within(area, "textarea").focus();
  };
  return h("details", { class: "paste" },
    h("summary", {}, t("paste.open")),
    h("form", { class: "paste-form", on: { submit } }, area, h("div", { class: "actions" }, h("button", { class: "button" }, t("paste.read")))));
}

/** A heading of the text as its title, or a plain one. @param {string} text */
function titleOf(text) {
  const first = text.trim().split("\n", 1)[0].replace(/^[#\s]+/, "").trim();
  const isTitle = first.length > 0 && first.length <= 60 && !/[:：/\\]/.test(first);
  return isTitle ? first : t("paste.title");
}
