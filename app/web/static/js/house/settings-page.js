/** `/admin/settings`: which settings are in force, and where each comes from. */

import { get } from "../api.js";
import { codeText } from "../code-text.js";
import { controlOf, fill, h, uniqueId } from "../dom.js";
import { number } from "../format.js";
import { t } from "../i18n.js";

/** @import { Child } from "../dom.js" */
/** @import { Params, View } from "../router.js" */
/** @import { SettingOut, SettingsInForce } from "../types.js" */

/** How the list was left. */
const kept = { query: "" };

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function settingsPage(_params, signal) {
  /** @type {SettingsInForce} */
  const { items, unknown } = await get("/api/admin/settings", signal);
  const list = h("div", { class: "settings" });
  const found = h("p", { class: "field-hint", role: "status" });
  const draw = () => {
    const words = kept.query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const shown = items.filter((item) => words.every((word) => textOf(item).includes(word)));
    fill(found, t(shown.length ? "settings.found" : "settings.none", { n: shown.length, count: number(shown.length), query: kept.query }));
    fill(list,
      group(t("settings.changed"), shown.filter((item) => item.changed)),
      group(t("settings.same"), shown.filter((item) => !item.changed)));
  };
  draw();
  return {
    title: t("settings.title"),
    node: h("div", { class: "view admin" },
      h("div", { class: "settings-head" }, h("h1", {}, t("settings.title")), h("p", { class: "mine-lead" }, codeText(t("settings.lead")))),
      unknown.length > 0 && h("div", { class: "notice" },
        h("p", { class: "notice-title" }, t("settings.unknown")),
        h("p", {}, t("settings.unknown_text")),
        h("ul", { class: "settings-unknown" }, unknown.map((name) => h("li", {}, h("code", { class: "command" }, name))))),
      search((query) => {
        kept.query = query;
        draw();
      }),
      found, list),
  };
}

/** @param {(query: string) => void} changed */
function search(changed) {
  const id = uniqueId("settings");
  return h("div", { class: "field", role: "search" },
    h("label", { class: "field-label", for: id }, t("settings.search")),
    h("input", { class: "input", id, type: "search", autocomplete: "off", spellcheck: "false", value: kept.query, on: { input: (event) => changed(controlOf(event).value.trim()) } }));
}

/** What a search looks through. @param {SettingOut} item */
const textOf = (item) => [item.name, item.variable, item.value, item.about, item.set_by].join("\n").toLocaleLowerCase();

/** @param {string} heading @param {SettingOut[]} items */
function group(heading, items) {
  return items.length > 0 && h("section", { class: "settings-group" },
    h("h2", { class: "admin-heading" }, heading),
    h("ul", {}, items.map(row)));
}

/** @param {SettingOut} item */
function row(item) {
  return h("li", { class: item.changed ? "setting is-changed" : "setting" },
    h("div", { class: "setting-name" },
      h("h3", {}, item.name),
      h("code", { class: "setting-variable", lang: "en" }, item.variable)),
    h("div", { class: "setting-body" },
      h("p", { class: "setting-value" }, valueOf(item, item.value), " ", h("span", { class: item.source === "default" ? "tag" : "tag tag-set" }, sourceOf(item))),
      item.changed && h("p", { class: "field-hint" }, t("settings.default"), " ", valueOf(item, item.default)),
      item.about && h("p", { class: "setting-about", lang: "en" }, codeText(item.about))));
}

/** @param {SettingOut} item @param {string} value @returns {Child} */
function valueOf({ secret }, value) {
  if (secret) return t(value === "set" ? "settings.secret_set" : "settings.secret_unset");
  if (value === "") return h("span", { class: "setting-empty" }, t("settings.empty"));
  return h("code", { class: "command", lang: "en" }, value);
}

/** @param {SettingOut} item */
function sourceOf({ source, set_by: name }) {
  return source === "environment" ? name : t(`settings.source.${source}`);
}
