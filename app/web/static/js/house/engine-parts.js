/** Parts of the engine's page: what failed, its servers, the processes of Offbook. */

import { h } from "../dom.js";
import { ago, milliseconds, moment, number, percent } from "../format.js";
import { has, t } from "../i18n.js";

/** @import { Child } from "../dom.js" */
/** @import { EngineHealth, ServerHealth } from "../types.js" */

const DASH = "–";

/** @param {string} heading @param {"here"|"all"|"server"} scope whose figures these are @param {...Child} content */
export function part(heading, scope, ...content) {
  return h("section", { class: "engine-part" },
    h("h2", { class: "admin-heading engine-heading" }, h("span", {}, heading), h("span", { class: "tag" }, t(`engine.scope.${scope}`))), ...content);
}

/** @param {Array<[string, string]>} pairs label and figure */
export const figures = (pairs) => h("dl", { class: "admin-figures" }, pairs.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))));

/** A figure that may not be known. @param {number|null} value @param {(value: number) => string} shown */
export const maybe = (value, shown) => (value === null ? DASH : shown(value));

/** @param {string[]} heads @param {Child[][]} rows @param {string} caption */
function table(heads, rows, caption) {
  return h("div", { class: "table-box", tabindex: 0, role: "region", "aria-label": caption },
    h("table", { class: "engine-table" },
      h("caption", { class: "visually-hidden" }, caption),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell, n) => (n === 0 ? h("th", { scope: "row" }, cell) : h("td", {}, cell))))))));
}

/** @param {EngineHealth} health */
export function failures({ failures: found, replies }) {
  const rows = found.map((each) => {
    const key = `engine.failure.${each.kind}`;
    const when = each.seconds_ago === null ? DASH : ago(new Date(Date.now() - each.seconds_ago * 1_000).toISOString());
    return [has(key) ? t(key) : each.kind, number(each.recent), number(each.total), when, h("span", { lang: "en" }, each.reason)];
  });
  return part(t("engine.failures"), "here",
    rows.length === 0
      ? h("p", { class: "field-hint" }, t("engine.no_failures"))
      : table([t("engine.failure"), t("engine.recent", { minutes: Math.round(replies.seconds / 60) }), t("engine.since_start"), t("engine.newest"), t("engine.reason")], rows, t("engine.failures")));
}

/** @param {EngineHealth} health */
export function servers({ servers: found }) {
  if (found.length === 0) return null;
  return part(t("engine.servers"), "server",
    table([t("engine.server"), t("engine.asked"), t("engine.server_running"), t("engine.server_waiting"), t("engine.cache"), t("engine.first_token_mean"), t("engine.server_failures")],
      found.map((each) => [
        t("engine.server_number", { n: each.number }), available(each),
        maybe(each.running, number), maybe(each.waiting, number), maybe(each.cache_used, percent), maybe(each.first_token_ms, milliseconds), maybe(each.failures, number),
      ]), t("engine.servers")),
    found.some((each) => each.detail) && h("ul", { class: "engine-details" }, found.filter((each) => each.detail).map((each) => h("li", { class: "field-hint" }, t("engine.server_number", { n: each.number }), ": ", h("span", { lang: "en" }, each.detail)))),
    h("p", { class: "field-hint" }, t(found.every((each) => each.reports) ? "engine.servers_hint" : "engine.servers_silent")));
}

/** @param {ServerHealth} server */
function available({ available: isAsked }) {
  if (isAsked === null) return t("engine.only_server");
  return h("span", { class: isAsked ? "tag tag-good" : "tag tag-failed" }, t(isAsked ? "engine.asked_yes" : "engine.asked_no"));
}

/** @param {EngineHealth} health */
export function processes({ process: now }) {
  return part(t("engine.processes"), "all",
    figures([
      [t("engine.process_count"), now.others_known ? number(now.processes.length) : DASH],
      [t("engine.turns"), number(now.turns)],
      [t("engine.indexing"), number(now.indexing)],
      [t("engine.indexing_waiting"), number(now.indexing_waiting)],
    ]),
    h("dl", { class: "facts" },
      h("dt", {}, t("engine.this_process")),
      h("dd", {}, t("engine.this_process_text", { version: now.version, pid: String(now.pid), when: moment(now.started_at) })),
      now.processes.length > 0 && [
        h("dt", {}, t("engine.connected")),
        h("dd", {}, h("ul", {}, now.processes.map((each) => h("li", {}, t("engine.connected_since", { when: moment(each.since), address: each.address ?? t("engine.socket") }))))),
      ]),
    h("p", { class: "field-hint" }, t(now.others_known ? "engine.processes_hint" : "engine.processes_unknown")));
}
