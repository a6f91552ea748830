/** The parser's report: scenes, lines and speakers, and the rows it rejected. */

import { ApiError } from "../api.js";
import { fill, h } from "../dom.js";
import { bytes, languageOf, number, percent } from "../format.js";
import { has, t } from "../i18n.js";
import { languageName } from "../language-name.js";
import { formatName } from "./source.js";

/** @import { RejectionOut, ScriptReport } from "../types.js" */

const UNSURE = 0.8;
const FEW = 5;
const SHOWN_AT_ONCE = 100;
const HEADINGS = /** @type {const} */ (["report.row", "report.text", "report.reason"]);

/**
 * @param {ScriptReport} read
 * @param {boolean} [isOpen] whether the doubtful rows show; by default if they are few
 */
export function report(read, isOpen = read.rejected_total <= FEW) {
  return h("div", { class: "report" }, figures(read), rejections(read, isOpen));
}

/** What was read, in numbers, and what is uncertain about all of it. @param {ScriptReport} read */
export function figures(read) {
  const unnamed = read.rejected_by_code.unknown_speaker ?? 0;
  return [
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
  ];
}

/**
 * @param {number} n
 * @param {"report.scenes"|"report.lines"|"report.speakers"|"report.rejected"} label
 * @param {boolean} [isBad]
 */
function figure(n, label, isBad = false) {
  return h("div", { class: isBad ? "figure is-bad" : "figure" }, h("dt", {}, t(label, { n })), h("dd", {}, number(n)));
}

/** The first rows that were left out of a file without any dialogue. @param {unknown} error */
export function refusedRows(error) {
  const { rejected: rows = [], rejected_total: n } = (error instanceof ApiError && error.detail) || {};
  return rows.length > 0 && rowTable(t("report.rejected_heading", { n }), h("tbody", { role: "rowgroup" }, rows.map(rejection)));
}

/**
 * On a phone the reason stands below its row; the roles mark it as a table all the same.
 * @param {string} label
 * @param {HTMLElement} body
 */
function rowTable(label, body) {
  return h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": label },
    h("table", { class: "table doubtful-rows", role: "table" },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, HEADINGS.map((key) => h("th", { scope: "col", role: "columnheader" }, t(key))))),
      body));
}

/** The doubtful rows, by reason. @param {ScriptReport} read @param {boolean} [isOpen] */
export function rejections(read, isOpen = read.rejected_total <= FEW) {
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

/**
 * The kinds of doubtful rows, each with its count, as buttons; one is pressed.
 * @param {ScriptReport} read
 * @param {(code: string) => void} onChoose
 */
function codeFilter(read, onChoose) {
  const codes = Object.entries(read.rejected_by_code);
  if (codes.length < 2) return null;
  /** @type {Array<[string, number]>} */
  const choices = [["", read.rejected_total], ...codes];
  const buttons = choices.map(([code, n]) => h("button", {
    class: "chip", type: "button", "aria-pressed": code === "" ? "true" : "false", on: { click: (event) => {
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === event.currentTarget)));
      onChoose(code);
    } },
  }, code === "" ? t("report.all") : codeName(code), " ", h("span", { class: "chip-count" }, number(n))));
  return h("div", { class: "chips", role: "group", "aria-label": t("report.by_reason") }, buttons);
}

/** @param {string} code */
function codeName(code) {
  const key = `code.${code}`;
  return has(key) ? t(key) : code.replaceAll("_", " ");
}

/** Why a row is doubtful, in the page's language. @param {{code: string, reason: string}} rejection */
export function reasonOf({ code, reason }) {
  const key = `rejection.${code}`;
  return has(key) ? t(key) : reason;
}

/** @param {RejectionOut} item */
function rejection(item) {
  return h("tr", { role: "row" },
    h("td", { class: "table-number", role: "cell" }, item.part && h("span", { class: "table-part" }, item.part), number(item.row)),
    h("td", { class: "rejected-text", role: "cell", lang: languageOf(item.text) }, item.text),
    h("td", { role: "cell", title: item.reason }, reasonOf(item)));
}
