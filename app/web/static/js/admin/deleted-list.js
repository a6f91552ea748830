/** Characters that were deleted and can still be brought back. */

import { getAll, remove } from "../api.js";
import { confirm } from "../dialogs.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { ago, languageOf, moment, number } from "../format.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { restore } from "./deleting.js";

/** @import { CharacterOut, DeletedCharacter } from "../types.js" */

/**
 * @param {DeletedCharacter[]} first
 * @param {{back: (restored: CharacterOut[]) => void, signal: AbortSignal, path?: string}} options path: of those to list
 */
export function deletedList(first, { back, signal, path = "/api/admin/deleted-characters" }) {
  const list = h("ul", { class: "deleted-characters" });
  const summary = h("summary", {});
  const node = h("details", { class: "deleted" }, summary, h("p", { class: "field-hint" }, t("deleted.hint")), list);
  let items = first;
  const draw = () => {
    node.hidden = items.length === 0;
    fill(summary, t("deleted.heading", { n: number(items.length) }));
    fill(list, items.map((item) => row(item)));
  };
  /** @param {string} slug */
  const without = (slug) => {
    items = items.filter((item) => item.slug !== slug);
    draw();
  };
  /** @param {DeletedCharacter} item */
  const forGood = async (item) => {
    const body = t("deleted.for_good_text", { conversations: number(item.conversations), messages: number(item.messages), n: item.conversations, m: item.messages });
    if (!await confirm({ title: t("deleted.for_good_title", { name: item.name }), body, action: t("deleted.for_good"), danger: true })) return;
    try {
      await remove(`/api/admin/characters/${encodeURIComponent(item.slug)}`);
      without(item.slug);
    } catch (error) {
      toast(explain(error));
    }
  };
  /** @param {DeletedCharacter} item */
  const row = (item) => h("li", { class: "deleted-character" },
    h("div", {},
      h("p", { class: "deleted-name", lang: languageOf(item.name) }, item.name),
      h("p", { class: "field-hint" }, t("deleted.when", { ago: ago(item.deleted_at), until: moment(item.purged_at) }))),
    h("div", { class: "admin-tools" },
      h("button", { class: "button", type: "button", "aria-label": t("deleted.restore_named", { name: item.name }), on: { click: () => restore([item], (restored) => {
        without(item.slug);
        back(restored);
      }) } }, t("deleted.restore")),
      h("button", { class: "button button-plain", type: "button", "aria-label": t("deleted.for_good_named", { name: item.name }), on: { click: () => forGood(item) } }, t("deleted.for_good"))));
  draw();
  return {
    node,
    /** Asks anew what can be brought back. */
    refresh: async () => {
      /** @type {DeletedCharacter[]|null} */
      const fresh = await getAll(path, signal).catch(() => null);
      if (fresh) items = fresh;
      draw();
    },
  };
}
