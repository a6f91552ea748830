/** `/admin/reports`: what readers and moderation reported, to be read in context and closed. */

import { get, withQuery } from "../api.js";
import { fill, focusOn, h } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field } from "../field.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { closeReport } from "./close-report.js";
import { openReports } from "./open-reports.js";
import { reportRow } from "./report-row.js";

/** @import { Params, View } from "../router.js" */
/** @import { ReportOut, ReportPage } from "../types.js" */

const PATH = "/api/admin/reports";
const PAGE_SIZE = 20;
const STATES = /** @type {const} */ (["open", "closed"]);
const SOURCES = /** @type {const} */ (["all", "people", "moderation"]);

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function reportsPage(_params, signal) {
  const queue = new Queue(signal);
  await queue.load();
  return {
    title: t("reports.title"),
    node: h("div", { class: "view admin reports" },
      h("div", {}, h("h1", {}, t("reports.title")), h("p", { class: "reports-lead" }, t("reports.lead"))),
      queue.filters(), queue.note, queue.list, queue.more),
  };
}

class Queue {
  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.signal = signal;
    /** @type {typeof STATES[number]} */
    this.state = "open";
    /** @type {typeof SOURCES[number]} */
    this.by = "all";
    /** @type {ReportOut[]} */
    this.items = [];
    /** @type {string|null} */
    this.cursor = null;
    this.asked = 0;
    this.list = h("ul", { class: "report-rows", "aria-label": t("reports.title") });
    this.note = h("p", { class: "field-hint", role: "status" });
    this.more = h("button", { class: "button", type: "button", on: { click: () => this.attempt(() => this.next()) } }, t("gallery.more"));
  }

  filters() {
    const state = field({ label: t("reports.state"), name: "state", control: choice(STATES.map((each) => [each, t(`reports.${each}`)])) });
    const by = field({ label: t("reports.by"), name: "by", control: choice(SOURCES.map((each) => [each, t(`reports.by_${each}`)])) });
    return h("form", { class: "report-filters", "aria-label": t("reports.filters"), on: { change: (event) => {
      const form = /** @type {HTMLFormElement} */ (event.currentTarget);
      const typed = new FormData(form);
      this.state = /** @type {typeof STATES[number]} */ (typed.get("state"));
      this.by = /** @type {typeof SOURCES[number]} */ (typed.get("by"));
      this.attempt(() => this.load());
    } } }, state, by);
  }

  async load() {
    const asked = ++this.asked;
    const page = await this.page(null);
    if (asked !== this.asked) return; // other filters were chosen meanwhile
    this.items = page.items;
    this.took(page);
  }

  async next() {
    const { asked } = this;
    const page = await this.page(this.cursor);
    if (asked !== this.asked) return;
    this.items = [...this.items, ...page.items];
    this.took(page);
  }

  /** @param {ReportPage} page */
  took(page) {
    this.cursor = page.next_cursor;
    openReports.set(page.open);
    this.draw();
  }

  /** @param {string|null} cursor @returns {Promise<ReportPage>} */
  page(cursor) {
    const by = this.by === "all" ? null : this.by;
    return get(withQuery(PATH, { state: this.state, by, cursor, limit: PAGE_SIZE }), this.signal);
  }

  draw() {
    this.more.hidden = this.cursor === null;
    fill(this.note, this.items.length === 0 && t(this.state === "open" ? "reports.none_open" : "reports.none_closed"));
    fill(this.list, this.items.map((report) => reportRow(report, {
      read: () => get(`${PATH}/${report.id}`, this.signal),
      close: () => this.close(report),
      failed: (error) => this.complain(error),
    })));
  }

  /** @param {ReportOut} report */
  async close(report) {
    const closed = await closeReport(`${PATH}/${report.id}/close`);
    if (!closed) return;
    const place = this.items.findIndex(({ id }) => id === report.id);
    this.items = this.items.filter(({ id }) => id !== report.id);
    openReports.set(Math.max(0, openReports.count - 1));
    this.draw();
    toast(t("reports.closed_done"));
    focusOn(this.list.children[Math.min(place, this.items.length - 1)]?.querySelector("button"));
  }

  /** @param {() => Promise<void>} work */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      this.complain(error);
    }
  }

  /** @param {unknown} error */
  complain(error) {
    if (!this.signal.aborted) toast(explain(error));
  }
}
