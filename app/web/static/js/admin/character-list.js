/** Every character with its actions: searched, sorted, and several at a time. */

import { get } from "../api.js";
import { controlOf, fill, focusOn, h, reconcile, uniqueId } from "../dom.js";
import { choice, field } from "../field.js";
import { language, t } from "../i18n.js";
import { apartFromNote, isRehearsing, refreshNotes } from "../readiness.js";
import { repeat } from "../timing.js";
import { exportAll, reindexAll } from "./bulk.js";
import { characterRow } from "./character-row.js";
import { ownerFilter, stillOwner, takeCharacter, takers } from "../house/owners.js";
import { shareDialog } from "../sharing/panel.js";
import { deleteRestorably } from "./deleting.js";
import { ORDERS, sorted } from "./sorting.js";

/** @import { AdminCharacter, CharacterOut } from "../types.js" */
/** @import { Order } from "./sorting.js" */

const POLL_MS = 1_000;

/** How the list was left: it is found the same. @type {{query: string, order: Order, owner: string}} */
const kept = { query: "", order: "newest", owner: "" };

export class CharacterList {
  /**
   * @param {AdminCharacter[]} items
   * @param {{isShared: boolean, me: string|null, recount: () => void, signal: AbortSignal}} options
   *   isShared: whether there are others who make and find characters; me: the id of the admin's own
   *   account; recount: called after the number of characters changed
   */
  constructor(items, { isShared, me, recount, signal }) {
    this.items = items;
    this.isShared = isShared;
    this.me = me;
    this.recount = recount;
    /** @type {Set<string>} */
    this.selected = new Set();
    this.list = h("ul", { class: "admin-characters" });
    this.none = h("p", { class: "field-hint", role: "status" });
    this.owners = h("div", {});
    this.bar = h("div", { class: "bulk", role: "group", "aria-label": t("bulk.label") });
    this.node = h("div", { class: "admin-list" }, this.tools(), this.bar, this.none, this.list);
    this.draw();
    repeat(() => this.follow(signal), signal);
  }

  tools() {
    const id = uniqueId("search");
    return h("div", { class: "admin-list-tools" },
      h("div", { class: "field" },
        h("label", { class: "field-label", for: id }, t("admin.search")),
        h("input", { class: "input", id, type: "search", value: kept.query, on: { input: (event) => {
          kept.query = controlOf(event).value;
          this.draw();
        } } })),
      field({
        label: t("admin.sort"), name: "order", value: kept.order, control: choice(ORDERS.map((order) => [order, t(`order.${order}`)])),
        on: { change: (event) => {
          kept.order = /** @type {Order} */ (controlOf(event).value);
          this.draw();
        } },
      }),
      this.owners);
  }

  /** The characters that show. */
  shown() {
    const items = this.items.filter(({ owner }) => !kept.owner || owner.key === kept.owner);
    return sorted(items, kept.query, kept.order);
  }

  draw() {
    this.drawOwners();
    const shown = this.shown();
    this.selected = new Set(shown.map(({ slug }) => slug).filter((slug) => this.selected.has(slug)));
    fill(this.none, shown.length === 0 && t("gallery.none", { query: kept.query }));
    reconcile(this.list, shown.map((item) => ({
      key: item.slug,
      signature: JSON.stringify([apartFromNote(item), language()]),
      render: () => characterRow(item, {
        isSelected: this.selected.has(item.slug),
        select: (isSelected) => this.select(item.slug, isSelected),
        changed: (slug, fresh) => this.changed(slug, fresh),
        share: this.isShared ? () => this.share(item) : null,
        take: this.isShared && takers(item.owner, this.me).length > 0 ? () => this.take(item) : null,
        discard: () => this.discard([item]),
      }),
    })));
    refreshNotes(this.list, shown);
    this.drawBar();
  }

  drawOwners() {
    kept.owner = stillOwner(this.items, kept.owner);
    const isFocused = this.owners.contains(document.activeElement);
    fill(this.owners, ownerFilter(this.items, kept.owner, (key) => {
      kept.owner = key;
      this.draw();
    }));
    if (isFocused) focusOn(this.owners.querySelector("select"));
  }

  /** @param {AdminCharacter} item */
  async take(item) {
    await takeCharacter(item, this.me, (fresh) => this.changed(fresh.slug, fresh));
    this.focus(item.slug, ".admin-take");
  }

  /** @param {AdminCharacter} item */
  async share(item) {
    await shareDialog(item, (visibility) => this.changed(item.slug, { ...item, visibility, published: visibility === "published" }));
    this.focus(item.slug, ".admin-share");
  }

  /** Gives the focus back to a row that was drawn anew, or has left the list. @param {string} slug @param {string} control */
  focus(slug, control) {
    focusOn(this.list.querySelector(`[data-key="${CSS.escape(slug)}"] ${control}`) ?? this.list.querySelector("a"));
  }

  drawBar() {
    const shown = this.shown();
    const n = this.selected.size;
    const chosen = () => this.shown().filter(({ slug }) => this.selected.has(slug));
    /** @param {"bulk.reindex"|"bulk.export"|"chat.delete"} label @param {(items: AdminCharacter[]) => unknown} run */
    const button = (label, run) => h("button", { class: "button", type: "button", disabled: n === 0, data: { act: label }, on: { click: () => run(chosen()) } }, t(label));
    const focused = document.activeElement instanceof HTMLElement && this.bar.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    const all = h("input", { type: "checkbox", checked: n > 0 && n === shown.length, data: { act: "all" }, on: { change: (event) => this.selectAll(controlOf(event).checked) } });
    all.indeterminate = n > 0 && n < shown.length;
    fill(this.bar,
      h("label", { class: "check" }, all, t("bulk.all")),
      h("span", { class: "field-hint", role: "status" }, n > 0 && t("bulk.selected", { n })),
      button("bulk.reindex", (items) => reindexAll(items, (slug, fresh) => this.changed(slug, fresh))),
      button("bulk.export", exportAll),
      button("chat.delete", (items) => this.discard(items)));
    if (focused) focusOn(this.bar.querySelector(`[data-act="${focused}"]`));
  }

  /** @param {string} slug @param {boolean} isSelected */
  select(slug, isSelected) {
    if (isSelected) this.selected.add(slug);
    else this.selected.delete(slug);
    this.drawBar();
  }

  /** @param {boolean} isSelected */
  selectAll(isSelected) {
    this.selected = new Set(isSelected ? this.shown().map(({ slug }) => slug) : []);
    for (const box of this.list.querySelectorAll("input[name=selected]")) Object.assign(box, { checked: isSelected });
    this.drawBar();
  }

  /** @param {string} slug @param {CharacterOut} fresh */
  changed(slug, fresh) {
    this.items = this.items.map((item) => (item.slug === slug ? { ...item, ...fresh } : item));
    this.draw();
    this.recount();
  }

  /** @param {AdminCharacter[]} items */
  async discard(items) {
    const rows = [...this.list.children];
    const place = rows.findIndex((row) => row.getAttribute("data-key") === items[0]?.slug);
    await deleteRestorably(items, { gone: (slug) => this.gone(slug), back: () => this.reload() });
    focusOn(this.list.children[Math.min(place, this.list.children.length - 1)]?.querySelector("a, button"));
  }

  /** @param {string} slug */
  gone(slug) {
    this.items = this.items.filter((item) => item.slug !== slug);
    this.draw();
    this.recount();
  }

  /** What came back stands in the list again; replaced by the dashboard. */
  reload() {}

  /** @param {AbortSignal} signal */
  async follow(signal) {
    const busy = this.items.filter(isRehearsing);
    for (const { slug } of document.hidden ? [] : busy) {
      /** @type {CharacterOut|null} */
      const fresh = await get(`/api/characters/${encodeURIComponent(slug)}?whole=true`, signal).catch(() => null);
      if (fresh) this.changed(slug, fresh);
    }
    return POLL_MS;
  }
}
