/** The script as it was read, set like a printed play, a page at a time; doubtful rows are marked in place. */

import { isAbort } from "../api.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf, number } from "../format.js";
import { t } from "../i18n.js";
import { hued } from "../monogram.js";
import { spokenText } from "../stage-text.js";
import { reasonOf } from "./report.js";

/** @import { PrintedPageOut, PrintedRowOut } from "../types.js" */
/** @import { Lights } from "./lights.js" */

/** Pages that come by themselves as one scrolls; further ones on request, so that a book does not fill the memory. */
const BY_ITSELF = 4;

/**
 * @typedef {object} Source
 * @property {(cursor: string|null) => Promise<PrintedPageOut>} read
 * @property {(name: string) => string} display how a speaker's name is set
 */

export class Sheet {
  /** @param {Source} source @param {Lights} lights */
  constructor(source, lights) {
    this.source = source;
    /** @type {Map<string, HTMLElement[]>} */
    this.rows = new Map();
    /** @type {Set<string>} */
    this.lit = new Set();
    /** @type {Set<string>} */
    this.pointed = new Set();
    /** @type {Set<string>} */
    this.chosen = new Set();
    /** @type {string|null} */
    this.cursor = null;
    this.pages = 0;
    /** @type {string|null} */
    this.part = null;
    this.isBusy = false;
    this.list = h("div", { class: "sheet-pages" });
    this.foot = h("div", { class: "sheet-foot" });
    this.node = h("section", { class: "sheet", tabindex: 0, "aria-label": t("sheet.label") }, this.list, this.foot);
    this.eye = new IntersectionObserver((seen) => {
      if (seen.some((entry) => entry.isIntersecting) && this.cursor !== null && this.pages < BY_ITSELF) this.more();
    }, { root: this.node, rootMargin: "400px" });
    lights.follow(this.node, ".sheet-line");
    lights.watch("sheet", (pointed, chosen) => this.light(pointed, chosen));
    this.more();
  }

  async more() {
    if (this.isBusy) return;
    this.isBusy = true;
    this.eye.disconnect();
    fill(this.foot, h("p", { class: "field-hint", role: "status" }, t("sheet.reading")));
    try {
      this.add(await this.source.read(this.cursor));
      this.isBusy = false;
    } catch (error) {
      this.isBusy = false;
      if (isAbort(error)) return;
      fill(this.foot,
        h("p", { class: "field-error", role: "alert" }, explain(error)),
        h("button", { class: "button", type: "button", on: { click: () => this.more() } }, t("retry")));
    }
  }

  /** @param {PrintedPageOut} page */
  add({ items, next_cursor }) {
    this.list.append(h("div", { class: "sheet-page", vars: { "--rows": items.length } }, items.map((item) => this.row(item))));
    this.cursor = next_cursor;
    this.pages += 1;
    this.paint();
    fill(this.foot, next_cursor === null
      ? h("p", { class: "sheet-end" }, t("sheet.end"))
      : h("button", { class: "button button-plain", type: "button", on: { click: () => this.more() } }, t("sheet.more")));
    if (next_cursor !== null && this.pages < BY_ITSELF) this.eye.observe(this.foot);
  }

  /** @param {PrintedRowOut} item */
  row(item) {
    const fresh = item.part !== null && item.part !== this.part;
    this.part = item.part ?? this.part;
    return [fresh && h("p", { class: "sheet-part", lang: languageOf(item.part ?? "") }, item.part), this.set(item)];
  }

  /** @param {PrintedRowOut} item */
  set(item) {
    const { kind, text } = item;
    const lang = languageOf(text);
    if (kind === "heading") return h("p", { class: "sheet-heading", lang }, text);
    if (kind === "direction") return h("p", { class: "sheet-direction", lang }, text);
    if (kind === "rejected") return doubtful(item);
    return this.line(item);
  }

  /** @param {PrintedRowOut} item */
  line({ speaker, text, direction }) {
    const name = this.source.display(speaker);
    const node = h("p", { class: "sheet-line", lang: languageOf(text), ...hued(name), data: { hue: "", speaker } },
      h("span", { class: "sheet-speaker", lang: languageOf(name) }, name), " ",
      h("span", { class: "sheet-words" }, spokenText({ text, direction })));
    const known = this.rows.get(speaker);
    if (known) known.push(node);
    else this.rows.set(speaker, [node]);
    return node;
  }

  /** @param {Set<string>} pointed @param {Set<string>} chosen */
  light(pointed, chosen) {
    this.pointed = pointed;
    this.chosen = chosen;
    this.paint();
  }

  /** Only rows of speakers whose light changed are touched. */
  paint() {
    const wanted = new Set([...this.chosen, ...this.pointed]);
    this.node.classList.toggle("is-lit", wanted.size > 0);
    for (const name of new Set([...this.lit, ...wanted])) {
      for (const row of this.rows.get(name) ?? []) {
        row.classList.toggle("is-lit", wanted.has(name));
        row.classList.toggle("is-pointed", this.pointed.has(name));
      }
    }
    this.lit = wanted;
  }
}

/** @param {PrintedRowOut} item */
function doubtful(item) {
  return h("p", { class: "sheet-doubt", title: item.reason },
    h("span", { class: "sheet-doubt-text", lang: languageOf(item.text) }, item.text), " ",
    h("span", { class: "sheet-doubt-why" }, t("sheet.doubt", { row: number(item.row), reason: reasonOf(item) })));
}
