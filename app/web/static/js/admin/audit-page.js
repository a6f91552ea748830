/** `/admin/audit`: who did what, when and from where. */

import { get, withQuery } from "../api.js";
import { textsOf } from "../account/form.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field } from "../field.js";
import { moment } from "../format.js";
import { t } from "../i18n.js";
import { ACTIONS, actText, detailText, placeText } from "./audit-words.js";

/** @import { Texts } from "../account/form.js" */
/** @import { Params, View } from "../router.js" */
/** @import { AuditEntryOut, AuditPage } from "../types.js" */

const PATH = "/api/admin/audit";
const PAGE_SIZE = 50;

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function auditPage(_params, signal) {
  const audit = new Audit(signal);
  await audit.show({});
  return {
    title: t("audit.title"),
    node: h("article", { class: "view admin audit" },
      h("h1", {}, t("audit.title")),
      audit.hint, filterForm((wanted) => audit.attempt(() => audit.show(wanted)), audit.table),
      h("div", { "aria-live": "polite" }, audit.note), audit.list, audit.more),
  };
}

class Audit {
  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.signal = signal;
    /** @type {Texts} */
    this.wanted = {};
    /** @type {AuditEntryOut[]} */
    this.items = [];
    /** @type {string|null} */
    this.cursor = null;
    this.hint = h("p", { class: "field-hint" });
    this.note = h("p", { class: "field-hint" });
    this.list = h("ol", { class: "audit-list" });
    this.more = h("button", { class: "button", type: "button", on: { click: () => this.attempt(() => this.next()) } }, t("gallery.more"));
    this.table = h("a", { class: "button button-plain", download: "" }, t("audit.table"));
  }

  /** @param {Texts} wanted */
  async show(wanted) {
    this.wanted = wanted;
    const page = await this.page(null);
    if (this.wanted !== wanted) return; // another filter was chosen meanwhile
    this.items = page.items;
    this.cursor = page.next_cursor;
    fill(this.hint, t("audit.hint", { n: page.kept_days }));
    this.table.setAttribute("href", withQuery(`${PATH}/export`, wanted));
    this.draw();
  }

  async next() {
    const { wanted } = this;
    const page = await this.page(this.cursor);
    if (this.wanted !== wanted) return;
    this.items = [...this.items, ...page.items];
    this.cursor = page.next_cursor;
    this.draw();
  }

  /** @param {string|null} cursor @returns {Promise<AuditPage>} */
  page(cursor) {
    return get(withQuery(PATH, { ...this.wanted, cursor, limit: PAGE_SIZE }), this.signal);
  }

  draw() {
    this.more.hidden = this.cursor === null;
    fill(this.note, this.items.length === 0 && t(Object.keys(this.wanted).length > 0 ? "audit.not_found" : "audit.none"));
    fill(this.list, this.items.map(row));
  }

  /** @param {() => Promise<void>} work */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!this.signal.aborted) fill(this.note, h("span", { class: "field-error" }, explain(error)));
    }
  }
}

/** @param {AuditEntryOut} entry */
function row(entry) {
  const detail = detailText(entry);
  return h("li", { class: entry.outcome === "refused" ? "audit-row is-refused" : "audit-row" },
    h("time", { class: "audit-when", datetime: entry.at }, moment(entry.at)),
    h("div", { class: "audit-what" },
      h("p", {}, actText(entry), entry.outcome === "refused" && [" ", h("span", { class: "tag" }, t("audit.refused"))]),
      h("p", { class: "field-hint" }, [placeText(entry), detail].filter(Boolean).join(" · "))));
}

/** @param {(wanted: Texts) => unknown} show @param {HTMLElement} table */
function filterForm(show, table) {
  const acts = ACTIONS.map((action) => [action, t(`audit.kind.${action}`)]).sort(([, a], [, b]) => a.localeCompare(b));
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    show(filterOf(textsOf(form)));
  };
  const form = h("form", { class: "audit-filter", role: "search", on: { submit, change: submit, reset: () => show({}) } },
    h("div", { class: "audit-fields" },
      field({ label: t("audit.from"), name: "from", type: "date" }),
      field({ label: t("audit.to"), name: "to", type: "date" }),
      field({ label: t("audit.act"), name: "action", control: choice([["", t("audit.any_act")], ...acts]), value: "" }),
      field({ label: t("audit.person"), name: "person", maxlength: 120, autocapitalize: "none", spellcheck: "false" }),
      field({ label: t("audit.address"), name: "address", maxlength: 64, autocapitalize: "none", spellcheck: "false" }),
      field({ label: t("audit.text"), name: "text", maxlength: 100 })),
    h("div", { class: "actions" },
      h("button", { class: "button" }, t("audit.filter")),
      h("button", { class: "button button-plain", type: "reset" }, t("audit.clear")),
      table));
  return form;
}

/** What the server is asked for; days are those of the person who looks. @param {Texts} typed @returns {Texts} */
function filterOf({ from, to, ...others }) {
  const wanted = Object.entries({ ...others, from: startOf(from, 0), to: startOf(to, 1) });
  return Object.fromEntries(wanted.map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
}

/** The moment at which a day begins, or one so many days later. @param {string} day @param {number} later */
function startOf(day, later) {
  const [year, month, date] = day.split("-").map(Number);
  const start = new Date(year, month - 1, date + later);
  return Number.isNaN(start.getTime()) ? "" : start.toISOString();
}
