/** The ways to read a script otherwise than it was: encoding, format, columns. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { columnMapping } from "./columns.js";
import { formatName, readingOptions } from "./source.js";

/**
 * @param {import("./wizard.js").Wizard} wizard
 * @param {string[]} formats
 * @param {() => void} again reads the file once more
 */
export function waysToRead(wizard, formats, again) {
  if (wizard.kind !== "script") return null;
  return [readingOptions(wizard, formats, again), columnMapping(wizard, again), asTable(wizard, again)];
}

/** A table whose header says nothing we know is taken for something else: its columns can be named. */
function asTable(wizard, again) {
  if (wizard.read || wizard.header.length || wizard.format || !/\.(csv|tsv)$/i.test(wizard.file.name)) return null;
  return another(t("columns.choose"), () => {
    wizard.format = "table";
    again();
  });
}

/** After a refusal: the encoding that the service takes the file for, a press away. */
export function suggestedEncoding(wizard, error, again) {
  const encoding = error.detail?.suggestion;
  if (error.code !== "wrong_encoding" || !encoding) return null;
  return another(t("upload.read_as", { encoding: formatName(encoding) }), () => {
    wizard.encoding = encoding;
    again();
  });
}

const another = (label, run) => h("div", {}, h("button", { class: "button", type: "button", on: { click: run } }, label));
