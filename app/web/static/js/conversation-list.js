/** Past conversations: continue, rename, delete with undo. */

import { patch, post, remove } from "./api.js";
import { prompt } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { explain } from "./errors.js";
import { ago, languageOf, unmarked } from "./format.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { portrait } from "./monogram.js";
import { restorableUntil } from "./restorable.js";
import { castLabel } from "./stage/names.js";
import { toast } from "./toast.js";

/** @import { ConversationOut, ConversationSummary } from "./types.js" */

const SHOWN_FIRST = 6;

/**
 * @param {ConversationSummary[]} conversations newest first
 * @param {{withCharacter: boolean, onCount?: (count: number) => void}} options
 */
export function conversationList(conversations, { withCharacter, onCount = () => {} }) {
  const list = h("ol", { class: "conversations" });
  const box = h("div", {}, list);
  let items = conversations;
  let all = false;

  const draw = () => {
    const visible = all ? items : items.slice(0, SHOWN_FIRST);
    fill(list, visible.map((item) => row(item, { withCharacter, rename, discard })));
    const more = items.length > visible.length && h("button", { class: "button button-plain", type: "button", on: { click: showAll } },
      t("conversations.all", { n: items.length }));
    fill(box, list, more);
    onCount(items.length);
  };
  const showAll = () => {
    all = true;
    draw();
  };
  /** @param {ConversationSummary} item */
  const rename = async (item) => {
    const title = await prompt({
      title: t("conversations.rename"), label: t("conversations.title"),
      value: item.title, action: t("save"), maxLength: 200,
    });
    if (title === null) return;
    await attempt(async () => {
      /** @type {ConversationOut} */
      const fresh = await patch(`/api/conversations/${item.id}`, { title });
      items = items.map((each) => (each.id === item.id ? { ...each, title: fresh.title } : each));
      draw();
    });
  };
  /** @param {ConversationSummary} item */
  const discard = (item) => attempt(async () => {
    await remove(`/api/conversations/${item.id}`);
    const before = items;
    items = items.filter((each) => each.id !== item.id);
    draw();
    toast(t("conversations.deleted", { until: restorableUntil() }), {
      label: t("undo"),
      run: () => attempt(async () => {
        await post(`/api/conversations/${item.id}/restore`);
        items = before;
        draw();
      }),
    });
  });

  draw();
  return box;
}

/** @param {() => Promise<void>} work */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    toast(explain(error));
  }
}

/**
 * @param {ConversationSummary} item
 * @param {{withCharacter: boolean, rename: (item: ConversationSummary) => unknown, discard: (item: ConversationSummary) => unknown}} acts
 */
function row(item, { withCharacter, rename, discard }) {
  const title = unmarked(item.title) || t("conversations.untitled");
  return h("li", { class: "conversation" },
    withCharacter && portrait(item.character),
    h("div", { class: "conversation-body" },
      h("p", { class: "conversation-meta" },
        (withCharacter || item.is_stage) && castLabel(item.cast), h("time", { datetime: item.updated_at }, ago(item.updated_at))),
      h("a", { class: "conversation-title", href: `/conversations/${item.id}`, lang: languageOf(title) }, title),
      item.preview && h("p", { class: "conversation-preview", lang: languageOf(item.preview) }, unmarked(item.preview))),
    h("div", { class: "conversation-tools" },
      h("button", { class: "icon-button", type: "button", "aria-label": t("conversations.rename_named", { title }), on: { click: () => rename(item) } }, icon("edit")),
      h("button", { class: "icon-button", type: "button", "aria-label": t("conversations.delete_named", { title }), on: { click: () => discard(item) } }, icon("trash"))));
}
