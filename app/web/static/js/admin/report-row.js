/** One report: what it is about, who says so, and on request the lines around it. */

import { fill, h, uniqueId } from "../dom.js";
import { ago, languageOf, moment } from "../format.js";
import { t } from "../i18n.js";
import { REASONS } from "../report-dialog.js";
import { OUTCOMES } from "./close-report.js";

/** @import { FindingOut, ReportDetail, ReportedMessage, ReportEntryOut, ReportOut } from "../types.js" */

const LONGEST_EXCERPT = 160;

/**
 * @param {ReportOut} report
 * @param {{read: () => Promise<ReportDetail>, close: () => void, failed: (error: unknown) => void}} acts
 */
export function reportRow(report, { read, close, failed }) {
  const { name } = report.character;
  const title = t(report.about === "message" ? "reports.reply_of" : "reports.character_named", { name });
  return h("li", { class: "report-row", data: { report: report.id } },
    h("div", { class: "report-head" },
      h("h2", { class: "report-title" }, title, " ",
        report.people > 0 && h("span", { class: "tag" }, t("reports.people", { n: report.people })), " ",
        report.by_moderation && h("span", { class: "tag" }, t("reports.by_moderation"))),
      h("p", { class: "field-hint" }, `${t("reports.opened", { when: ago(report.opened_at) })}`)),
    report.excerpt && h("blockquote", { class: "report-excerpt", lang: languageOf(report.excerpt) }, clipped(report.excerpt)),
    findings(report.findings),
    report.entries.length > 0 && h("ul", { class: "report-entries" }, report.entries.map(entry)),
    report.closed_at && ending(report, report.closed_at),
    h("div", { class: "actions" },
      report.about === "message" ? context(title, read, failed) : h("a", { class: "button", href: `/characters/${encodeURIComponent(report.character.slug)}` }, t("reports.to_character")),
      !report.closed_at && h("button", { class: "button button-plain", type: "button", "aria-label": t("reports.close_named", { title }), on: { click: close } }, t("reports.close"))));
}

/** @param {string} title @param {() => Promise<ReportDetail>} read @param {(error: unknown) => void} failed */
function context(title, read, failed) {
  const place = h("ol", { class: "report-context", id: uniqueId("context"), hidden: true, "aria-label": title });
  const button = h("button", { class: "button", type: "button", "aria-expanded": "false", "aria-controls": place.id, "aria-label": t("reports.read_named", { title }) }, t("reports.read"));
  button.addEventListener("click", async () => {
    try {
      if (place.hidden) fill(place, (await read()).messages.map(line));
      place.hidden = !place.hidden;
      button.setAttribute("aria-expanded", String(!place.hidden));
    } catch (error) {
      failed(error);
    }
  });
  return [button, place];
}

/** @param {ReportedMessage} message */
function line(message) {
  const isReader = message.role === "user";
  return h("li", { class: message.reported ? "report-line is-reported" : "report-line" },
    h("p", { class: "report-speaker" }, t(isReader ? "reports.reader" : "reports.character"),
      message.reported && h("span", { class: "tag tag-failed" }, t("reports.this_one"))),
    h("p", { class: "report-said", lang: languageOf(message.content) }, message.content),
    findings(message.findings),
    message.withheld && h("div", { class: "report-withheld" },
      h("p", { class: "report-speaker" }, t("reports.withheld")),
      h("p", { class: "report-said", lang: languageOf(message.withheld) }, message.withheld)));
}

/** @param {FindingOut[]} found */
function findings(found) {
  return found.length > 0 && h("p", { class: "field-hint" }, t("reports.found", {
    found: found.map(({ category, detail, source }) => `${category} (${[source, detail].filter(Boolean).join(", ")})`).join(t("list.comma")),
  }));
}

/** @param {ReportEntryOut} entry */
function entry({ reason, note, created_at: at }) {
  const known = REASONS.find((each) => each === reason);
  return h("li", {}, h("strong", {}, known ? t(`reporting.${known}`) : reason), " ",
    note && h("q", { lang: languageOf(note) }, note), " ", h("span", { class: "field-hint" }, moment(at)));
}

/** @param {ReportOut} report @param {string} at */
function ending({ outcome, answer }, at) {
  const known = OUTCOMES.find((each) => each === outcome);
  return h("p", { class: "field-hint" }, [t("reports.closed_at", { when: moment(at) }), known && t(`reports.${known}`), answer].filter(Boolean).join(" · "));
}

/** @param {string} text */
const clipped = (text) => (text.length > LONGEST_EXCERPT ? `${text.slice(0, LONGEST_EXCERPT)} …` : text);
