/** What the parser read: everything it understood and everything it did not. */

import { fill, h } from "../dom.js";
import { bytes, languageOf, number, percent } from "../format.js";
import { has, t } from "../i18n.js";
import { languageName } from "../language-name.js";
import { formatName } from "./source.js";

const UNSURE = 0.8;
const FEW = 5;
const SHOWN_AT_ONCE = 100;

/**
 * @param {object} read ScriptReport
 * @param {boolean} [isOpen] whether the doubtful rows show; by default if they are few
 */
export function report(read, isOpen = read.rejected_total <= FEW) {
  const unnamed = read.rejected_by_code.unknown_speaker ?? 0;
  return h("div", { class: "report" },
    h("dl", { class: "report-figures" },
      figure(read.scenes, "report.scenes"),
      figure(read.lines, "report.lines"),
      figure(read.speakers.length, "report.speakers"),
      figure(read.rejected_total, "report.rejected", read.rejected_total > 0)),
    h("p", { class: "field-hint" }, t("report.read_as", {
      format: formatName(read.format), encoding: formatName(read.encoding), confidence: percent(read.encoding_confidence),
      language: languageName(read.language), size: bytes(read.size_bytes),
    })),
    read.encoding_confidence < UNSURE && h("p", { class: "notice" }, t("report.unsure")),
    read.rows && h("p", { class: "field-hint" }, t("report.rows", {
      total: number(read.rows.total), dialogue: number(read.rows.dialogue), narration: number(read.rows.narration), rejected: number(read.rows.rejected),
    })),
    unnamed > 0 && h("p", { class: "notice" }, t("report.unknown_speaker", { n: number(unnamed), one: unnamed === 1 })),
    read.unattributed_share !== null && h("p", { class: "notice" }, t("report.unattributed", { share: percent(read.unattributed_share) })),
    rejections(read, isOpen));
}

function figure(n, label, isBad = false) {
  return h("div", { class: isBad ? "figure is-bad" : "figure" }, h("dt", {}, t(label, { n })), h("dd", {}, number(n)));
}

/** The first rows that were left out of a file in which nobody speaks. */
export function refusedRows(error) {
  const rows = error.detail?.rejected ?? [];
  return rows.length > 0 && rowTable(t("report.rejected_heading", { n: error.detail.rejected_total }), h("tbody", { role: "rowgroup" }, rows.map(rejection)));
}

/** On a phone the reason stands below its row; the roles tell that it is a table all the same. */
function rowTable(label, body) {
  return h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": label },
    h("table", { class: "table doubtful-rows", role: "table" },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ["report.row", "report.text", "report.reason"].map((key) => h("th", { scope: "col", role: "columnheader" }, t(key))))),
      body));
}

function rejections(read, isOpen) {
  if (read.rejected_total === 0) return null;
  const heading = t("report.rejected_heading", { n: read.rejected_total });
  const body = h("tbody", { role: "rowgroup" });
  const foot = h("div", {});
  let code = "";
  let shown = SHOWN_AT_ONCE;
  const draw = () => {
    const found = read.rejected.filter((item) => code === "" || item.code === code);
    const all = code === "" ? read.rejected_total : read.rejected_by_code[code];
    fill(body, found.slice(0, shown).map(rejection));
    fill(foot,
      found.length > shown && h("button", { class: "button button-plain", type: "button", on: { click: () => {
        shown += SHOWN_AT_ONCE;
        draw();
      } } }, t("gallery.more")),
      all > found.length && h("p", { class: "field-hint" }, t("report.more", { n: number(all - found.length) })));
  };
  draw();
  return h("details", { class: "rejections", open: isOpen },
    h("summary", {}, heading),
    codeFilter(read, (chosen) => {
      code = chosen;
      shown = SHOWN_AT_ONCE;
      draw();
    }),
    rowTable(heading, body),
    foot);
}

/** The kinds of doubtful rows, each with its count, as buttons of which one is pressed. */
function codeFilter(read, onChoose) {
  const codes = Object.entries(read.rejected_by_code);
  if (codes.length < 2) return null;
  const buttons = [["", read.rejected_total], ...codes].map(([code, n]) => h("button", {
    class: "chip", type: "button", "aria-pressed": code === "" ? "true" : "false", on: { click: (event) => {
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === event.currentTarget)));
      onChoose(code);
    } },
  }, code === "" ? t("report.all") : codeName(code), " ", h("span", { class: "chip-count" }, number(n))));
  return h("div", { class: "chips", role: "group", "aria-label": t("report.by_reason") }, buttons);
}

const codeName = (code) => (has(`code.${code}`) ? t(`code.${code}`) : code.replaceAll("_", " "));

const reasonOf = ({ code, reason }) => (has(`rejection.${code}`) ? t(`rejection.${code}`) : reason);

function rejection(item) {
  return h("tr", { role: "row" },
    h("td", { class: "table-number", role: "cell" }, item.part && h("span", { class: "table-part" }, item.part), number(item.row)),
    h("td", { class: "rejected-text", role: "cell", lang: languageOf(item.text) }, item.text),
    h("td", { role: "cell", title: item.reason }, reasonOf(item)));
}
