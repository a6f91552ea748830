/** What everyone used: sums, a chart, who and which characters most, narrowed by days, people and characters. */

import { get, withQuery } from "../api.js";
import { controlOf, fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field } from "../field.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { csvLink, usageFigures } from "../usage/figures.js";
import { byText, characterText, sumText } from "../usage/words.js";

/** @import { AdminUsageReport, UsageSums, UsedBy } from "../types.js" */

const PATH = "/api/admin/usage";

/** @param {AbortSignal} signal @returns {Promise<HTMLElement>} */
export async function usageSection(signal) {
  const usage = new Usage(signal);
  await usage.load();
  return h("section", { class: "account-section" },
    h("h2", { class: "account-heading" }, t("usage.title")),
    h("p", { class: "field-hint" }, t("usage.admin_hint")),
    usage.filters, usage.body);
}

class Usage {
  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.signal = signal;
    /** What is asked for, as the query names it. @type {Record<string, string>} */
    this.wanted = {};
    /** Who and what can be chosen: all that a report has named. @type {Map<string, string>} */
    this.people = new Map([["guests", t("usage.guests")], ["service", t("usage.service")]]);
    /** @type {Map<string, string>} */
    this.characters = new Map();
    this.asked = 0;
    this.filters = h("div", { class: "usage-filters" });
    this.body = h("div", { class: "usage-figures", "aria-live": "polite" });
  }

  async load() {
    const asked = ++this.asked;
    /** @type {AdminUsageReport} */
    const report = await get(withQuery(PATH, { ...this.wanted, limit: 1 }), this.signal);
    if (asked !== this.asked) return; // other days were chosen meanwhile
    for (const { by } of report.people) if (by.kind === "person" && by.id) this.people.set(by.id, byText(by));
    for (const { character } of report.characters) if (character?.slug && character.name) this.characters.set(character.slug, character.name);
    if (!this.filters.firstChild) this.drawFilters(report);
    this.fillChoices();
    fill(this.body,
      usageFigures(report),
      report.people.length > 0 && h("div", { class: "usage-tops" },
        top(t("usage.top_people"), report.people.map((each) => [byText(each.by), each, this.chooser("person", idOf(each.by))])),
        top(t("usage.top_characters"), report.characters.map((each) => [characterText(each.character), each, this.chooser("character", each.character?.slug ?? "")]))),
      h("div", { class: "actions" }, csvLink(withQuery(`${PATH}/csv`, this.wanted))));
  }

  /** @param {AdminUsageReport} report */
  drawFilters({ first_day: first, last_day: last }) {
    const change = (/** @type {Event} */ event) => this.want(controlOf(event).name, controlOf(event).value);
    const shared = { on: { change } };
    fill(this.filters,
      field({ label: t("usage.from"), name: "from", type: "date", value: first, ...shared }),
      field({ label: t("usage.to"), name: "to", type: "date", value: last, ...shared }),
      field({ label: t("usage.person"), name: "person", control: choice([]), ...shared }),
      field({ label: t("usage.character"), name: "character", control: choice([]), ...shared }));
  }

  fillChoices() {
    this.fillChoice("person", t("usage.everyone"), this.people);
    this.fillChoice("character", t("usage.every_character"), this.characters);
  }

  /** @param {string} name @param {string} all @param {Map<string, string>} choices */
  fillChoice(name, all, choices) {
    const select = this.filters.querySelector(`[name=${name}]`);
    const chosen = this.wanted[name] ?? "";
    if (select) fill(select, [["", all], ...choices].map(([value, label]) => h("option", { value, selected: value === chosen }, label)));
  }

  /** @param {string} name @param {string} value */
  chooser(name, value) {
    return value && this.wanted[name] !== value ? () => this.want(name, value) : null;
  }

  /** @param {string} name @param {string} value */
  async want(name, value) {
    this.wanted = { ...this.wanted, [name]: value };
    try {
      await this.load();
    } catch (error) {
      if (!this.signal.aborted) toast(explain(error));
    }
  }
}

/** @param {UsedBy} by */
const idOf = ({ kind, id }) => (kind === "person" ? id ?? "" : kind);

/** @param {string} title @param {Array<[string, UsageSums, (() => unknown)|null]>} rows */
function top(title, rows) {
  return h("div", { class: "usage-top-list" },
    h("h3", {}, title),
    h("ol", {}, rows.map(([name, sums, choose]) => h("li", {},
      choose ? h("button", { class: "usage-choose", type: "button", "aria-label": t("usage.only", { name }), on: { click: choose } }, name) : h("span", {}, name),
      h("span", { class: "field-hint" }, sumText(sums))))));
}
