/** `/scripts`: the uploaded scripts. */

import { get, remove, withQuery } from "../api.js";
import { confirm } from "../dialogs.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { ago, bytes, languageOf } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { languageName } from "../language-name.js";
import { knownStatus } from "../status.js";
import { toast } from "../toast.js";

/** @import { Params, View } from "../router.js" */
/** @import { ListedScript, PageOf, ScriptReport } from "../types.js" */

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function scripts(_params, signal) {
  const service = await knownStatus();
  const node = h("div", { class: "view" });
  if (!service.may_upload) {
    fill(node, h("div", { class: "blank" }, h("h1", {}, t("nav.scripts")), h("p", {}, t("upload.forbidden"))));
    return { title: t("nav.scripts"), node };
  }
  /** @type {PageOf<ListedScript>} */
  const first = await get("/api/scripts?limit=50", signal);
  fill(node,
    h("div", { class: "cast-head" }, h("h1", {}, t("nav.scripts")), h("a", { class: "button button-primary", href: "/upload" }, t("gallery.upload"))),
    scriptList(first, signal));
  return { title: t("nav.scripts"), node };
}

/** @param {PageOf<ListedScript>} first @param {AbortSignal} signal */
function scriptList(first, signal) {
  const box = h("div", {});
  let { items, next_cursor: cursor } = first;
  const draw = () => fill(box,
    items.length === 0 && h("div", { class: "blank" }, h("p", {}, t("scripts.none"))),
    h("ul", { class: "scripts" }, items.map((item) => row(item, item.may_change && (() => discard(item))))),
    cursor && h("button", { class: "button", type: "button", on: { click: more } }, t("gallery.more")));
  const more = async () => {
    /** @type {PageOf<ListedScript>} */
    const page = await get(withQuery("/api/scripts", { cursor, limit: 50 }), signal);
    items = [...items, ...page.items];
    cursor = page.next_cursor;
    draw();
  };
  /** @param {ListedScript} item */
  const discard = async (item) => {
    /** @type {ScriptReport|null} */
    const found = await get(`/api/scripts/${item.id}`, signal).catch(() => null);
    const lost = (found?.deleted_characters ?? []).map(({ name }) => name).join(t("list.comma"));
    const body = h("div", {}, h("p", {}, t("scripts.delete_text")), lost && h("p", {}, t("scripts.delete_lost", { names: lost })));
    const sure = await confirm({ title: t("scripts.delete_title", { title: item.title }), body, action: t("chat.delete"), danger: true });
    if (!sure) return;
    try {
      await remove(`/api/scripts/${item.id}`);
      items = items.filter(({ id }) => id !== item.id);
      draw();
    } catch (error) {
      toast(explain(error));
    }
  };
  draw();
  return box;
}

/** @param {ListedScript} item @param {false|(() => unknown)} discard */
function row(item, discard) {
  return h("li", { class: "script-row" },
    h("div", { class: "script-body" },
      h("h2", { class: "script-title", lang: languageOf(item.title) }, h("a", { href: `/scripts/${item.id}` }, item.title)),
      h("p", { class: "card-meta" },
        h("span", {}, t("scripts.size", { scenes: item.scenes, lines: item.lines })),
        h("span", {}, languageName(item.language)),
        h("span", {}, `${item.filename}, ${item.encoding}, ${bytes(item.size_bytes)}`),
        h("time", { datetime: item.updated_at }, ago(item.updated_at)))),
    discard && h("button", { class: "icon-button", type: "button", "aria-label": t("scripts.delete_named", { title: item.title }), on: { click: discard } }, icon("trash")));
}
