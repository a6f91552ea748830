/** Above a stage: its cast, who the user is, and what can be done with the scene. */

import { conversationMenu } from "../chat/conversation-menu.js";
import { momentButton } from "../chat/moment-button.js";
import { h } from "../dom.js";
import { languageOf } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { shortNames } from "./names.js";

/** @import { ChatView } from "../chat/chat-view.js" */
/** @import { Choice } from "../chat/stage-menu.js" */
/** @import { StageStore } from "./stage-store.js" */

/** @type {NonNullable<Parameters<typeof conversationMenu>[0]["formats"]>} */
const FORMATS = [["fountain", "export.fountain"], ["text", "menu.save_text"], ["markdown", "menu.save_markdown"], ["sillytavern", "menu.save_sillytavern"]];

/**
 * @param {StageStore} store
 * @param {ReturnType<ChatView["headActs"]>} acts
 */
export function playHead(store, { full, title, toggle, signal, moveTo, introduce, print, first }) {
  const { path, state } = store;
  const names = shortNames(state.participants.map(({ name }) => name));
  return h("header", { class: "stage-head play-head" },
    toggle,
    h("a", { class: "icon-button", href: "/", "aria-label": t("chat.back") }, icon("back")),
    h("div", { class: "stage-names" }, h("h1", { lang: languageOf(names) }, names), title),
    h("div", { class: "stage-tools" },
      momentButton({ character: full, until: () => store.state.until_scene, change: moveTo, signal }),
      conversationMenu({ path, introduce, print, signal, first, formats: FORMATS })));
}
