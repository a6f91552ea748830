/** The ways to read a script otherwise than it was: encoding, format, columns. */

import { ApiError } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { columnMapping } from "./columns.js";
import { formatName, readingOptions } from "./source.js";

/** @import { Wizard } from "./wizard.js" */

/**
 * @param {import("./wizard.js").Wizard} wizard
 * @param {string[]} formats
 * @param {() => void} again reads the file once more
 */
export function waysToRead(wizard, formats, again) {
  if (wizard.kind !== "script") return null;
  return [readingOptions(wizard, formats, again), columnMapping(wizard, again), asTable(wizard, again)];
}

/**
 * A table with an unknown header is read in another format: offers to name its columns.
 * @param {Wizard} wizard
 * @param {() => void} again
 */
function asTable(wizard, again) {
  if (wizard.read || wizard.header.length || wizard.format || !/\.(csv|tsv)$/i.test(wizard.sent.name)) return null;
  return another(t("columns.choose"), () => {
    wizard.format = "table";
    again();
  });
}

/**
 * After a refusal: the encoding that the service takes the file for, a press away.
 * @param {Wizard} wizard
 * @param {unknown} error
 * @param {() => void} again
 */
export function suggestedEncoding(wizard, error, again) {
  if (!(error instanceof ApiError) || error.code !== "wrong_encoding") return null;
  const encoding = error.detail?.suggestion;
  if (!encoding) return null;
  return another(t("upload.read_as", { encoding: formatName(encoding) }), () => {
    wizard.encoding = encoding;
    again();
  });
}

/** @param {string} label @param {() => void} run */
const another = (label, run) => h("div", {}, h("button", { class: "button", type: "button", on: { click: run } }, label));
