/** `/admin/scripts`: every script, whose it is, and how an admin takes it over. */

import { getAll } from "../api.js";
import { controlOf, fill, focusOn, h, reconcile, uniqueId } from "../dom.js";
import { ago, bytes, languageOf } from "../format.js";
import { language, t } from "../i18n.js";
import { refreshMe } from "../me.js";
import { ownerFilter, ownerName, stillOwner, takers, takeScript } from "./owners.js";

/** @import { Params, View } from "../router.js" */
/** @import { AdminScript, Me } from "../types.js" */

/** How the list was left. */
const kept = { query: "", owner: "" };

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function scriptsPage(_params, signal) {
  /** @type {[AdminScript[], Me]} */
  const [items, { person }] = await Promise.all([getAll("/api/admin/scripts", signal), refreshMe()]);
  return { title: t("nav.scripts"), node: new ScriptList(items, person?.id ?? null).node };
}

class ScriptList {
  /** @param {AdminScript[]} items @param {string|null} me the id of the admin's own account */
  constructor(items, me) {
    this.items = items;
    this.me = me;
    this.list = h("ul", { class: "scripts" });
    this.none = h("p", { class: "field-hint", role: "status" });
    this.filter = h("div", {});
    this.node = h("div", { class: "view admin" },
      h("h1", {}, t("nav.scripts")),
      h("div", { class: "admin-list" }, h("div", { class: "admin-list-tools" }, this.search(), this.filter), this.none, this.list));
    this.draw();
  }

  search() {
    const id = uniqueId("search");
    return h("div", { class: "field" },
      h("label", { class: "field-label", for: id }, t("house.search_scripts")),
      h("input", { class: "input", id, type: "search", value: kept.query, on: { input: (event) => {
        kept.query = controlOf(event).value;
        this.draw();
      } } }));
  }

  draw() {
    kept.owner = stillOwner(this.items, kept.owner);
    const words = kept.query.trim().toLocaleLowerCase();
    const shown = this.items.filter(({ title, filename, owner }) => (!kept.owner || owner.key === kept.owner)
      && `${title}\n${filename}`.toLocaleLowerCase().includes(words));
    fill(this.filter, ownerFilter(this.items, kept.owner, (key) => {
      kept.owner = key;
      this.draw();
      focusOn(this.filter.querySelector("select"));
    }));
    fill(this.none, shown.length === 0 && t(this.items.length ? "house.no_script" : "scripts.none"));
    reconcile(this.list, shown.map((item) => ({ key: item.id, signature: JSON.stringify([item, language()]), render: () => this.row(item) })));
  }

  /** @param {AdminScript} item */
  row(item) {
    const { title } = item;
    return h("li", { class: "script-row" },
      h("div", { class: "script-body" },
        h("h2", { class: "script-title", lang: languageOf(title) }, h("a", { href: `/scripts/${item.id}` }, title), " ",
          h("span", { class: "tag" }, ownerName(item.owner))),
        h("p", { class: "card-meta" },
          h("span", {}, t("scripts.size", { scenes: item.scenes, lines: item.lines })),
          h("span", {}, t("house.players", { n: item.characters })),
          h("span", {}, bytes(item.size_bytes)),
          h("time", { datetime: item.updated_at }, ago(item.updated_at)))),
      takers(item.owner, this.me).length > 0 && h("button", {
        class: "button button-plain", type: "button", "aria-label": t("owner.take_named", { name: title }), on: { click: () => this.take(item) },
      }, t("owner.take")));
  }

  /** @param {AdminScript} item */
  async take(item) {
    await takeScript(item, this.me, (fresh) => {
      this.items = this.items.map((each) => (each.id === fresh.id ? fresh : each));
      this.draw();
    });
    focusOn(this.list.querySelector(`[data-key="${item.id}"] button`) ?? this.list.querySelector("a"));
  }
}
