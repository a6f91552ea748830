/** What the parser read: everything it understood and everything it did not. */

import { h } from "../dom.js";
import { bytes, languageOf, number, percent } from "../format.js";
import { has, t } from "../i18n.js";
import { languageName } from "../language-name.js";

/** @param {object} read ScriptReport */
export function report(read) {
  return h("div", { class: "report" },
    h("dl", { class: "report-figures" },
      figure(number(read.scenes), t("report.scenes")),
      figure(number(read.lines), t("report.lines")),
      figure(number(read.speakers.length), t("report.speakers")),
      figure(number(read.rejected_total), t("report.rejected"), read.rejected_total > 0)),
    h("p", { class: "field-hint" }, t("report.read_as", {
      format: read.format, encoding: read.encoding, confidence: percent(read.encoding_confidence),
      language: languageName(read.language), size: bytes(read.size_bytes),
    })),
    rejections(read));
}

function figure(value, label, isBad = false) {
  return h("div", { class: isBad ? "figure is-bad" : "figure" }, h("dt", {}, label), h("dd", {}, value));
}

function rejections(read) {
  if (read.rejected_total === 0) return null;
  const hidden = read.rejected_total - read.rejected.length;
  return h("details", { class: "rejections", open: read.rejected_total <= 5 },
    h("summary", {}, t("report.rejected_heading", { n: read.rejected_total })),
    h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t("report.rejected_heading", { n: read.rejected_total }) },
      h("table", { class: "table" },
        h("thead", {}, h("tr", {}, ["report.row", "report.text", "report.reason"].map((key) => h("th", { scope: "col" }, t(key))))),
        h("tbody", {}, read.rejected.map(rejection)))),
    hidden > 0 && h("p", { class: "field-hint" }, t("report.more", { n: number(hidden) })));
}

function rejection({ row, text, code, reason }) {
  const key = `rejection.${code}`;
  return h("tr", {},
    h("td", { class: "table-number" }, number(row)),
    h("td", { class: "rejected-text", lang: languageOf(text) }, text),
    h("td", {}, has(key) ? t(key) : reason));
}
