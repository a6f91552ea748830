/** Above a conversation: who speaks, and what can be done with the conversation. */

import { h } from "../dom.js";
import { languageOf } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { portrait } from "../monogram.js";
import { readinessNote } from "../readiness.js";
import { conversationMenu } from "./conversation-menu.js";
import { memoryButton } from "./memory-button.js";
import { momentButton } from "./moment-button.js";

/** @import { CharacterOut } from "../types.js" */
/** @import { Choice } from "./stage-menu.js" */
/** @import { ConversationStore } from "./conversation-store.js" */

/**
 * @param {ConversationStore} store
 * @param {{
 *   full: Promise<CharacterOut|null>, title: HTMLElement, toggle: HTMLElement, signal: AbortSignal,
 *   moveTo: (until: number|null) => Promise<void>, introduce: () => Promise<void>,
 *   print: () => Promise<void>, failed: (error: unknown) => void, first: Choice[],
 * }} options toggle: opens the other conversations; first: the first choices of the menu
 */
export function stageHead(store, { full, title, toggle, signal, moveTo, introduce, print, failed, first }) {
  const { path, state } = store;
  const { name, slug } = state.character;
  return h("header", { class: "stage-head" },
    toggle,
    h("a", { class: "icon-button", href: "/", "aria-label": t("chat.back") }, icon("back")),
    portrait(state.character),
    h("div", { class: "stage-names" },
      h("h1", { lang: languageOf(name) }, h("a", { href: `/characters/${encodeURIComponent(slug)}` }, name)), title),
    readinessNote(full, signal),
    h("div", { class: "stage-tools" },
      momentButton({ character: full, until: () => store.state.until_scene, change: moveTo, signal }),
      memoryButton({ path, name, changed: (fresh) => store.takeMemory(fresh), failed }),
      conversationMenu({ path, introduce, print, signal, first })));
}
