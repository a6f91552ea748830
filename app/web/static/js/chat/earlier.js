/** Earlier messages of a long conversation, loaded a page at a time on request. */

import { get, withQuery } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";

/** @import { ConversationOut } from "../types.js" */

const PAGE = 100;

/**
 * @param {string} path the conversation's
 * @param {ConversationOut} state
 * @param {AbortSignal} signal
 * @returns {Promise<ConversationOut>} the same with a page of earlier messages
 */
export async function withEarlier(path, state, signal) {
  const first = state.messages[0];
  if (!state.earlier || !first) return { ...state, earlier: false };
  /** @type {import("../types.js").PageOf<import("../types.js").MessageOut>} */
  const page = await get(withQuery(`${path}/messages`, { before: first.id, limit: PAGE }), signal);
  return { ...state, messages: [...page.items, ...state.messages], earlier: page.next_cursor !== null };
}

/**
 * A fresh answer with the earlier messages that were shown already, where it goes on from them.
 * @param {ConversationOut} shown
 * @param {ConversationOut} fresh
 * @returns {ConversationOut}
 */
export function keepingEarlier(shown, fresh) {
  const first = fresh.messages[0];
  if (!fresh.earlier || !first) return fresh;
  const place = shown.messages.findIndex(({ id }) => id === first.parent_id);
  if (place < 0) return fresh;
  return { ...fresh, messages: [...shown.messages.slice(0, place + 1), ...fresh.messages], earlier: shown.earlier };
}

/**
 * A fresh answer with as many earlier messages as it takes to show one of them.
 * @param {string} path
 * @param {ConversationOut} fresh
 * @param {string|null} id
 * @param {AbortSignal} signal
 */
export async function reaching(path, fresh, id, signal) {
  let state = fresh;
  while (id && state.earlier && !state.messages.some((message) => message.id === id)) {
    state = await withEarlier(path, state, signal);
  }
  return state;
}

/**
 * The button above the first line that loads earlier ones.
 * @param {() => Promise<void>} load
 */
export function earlierButton(load) {
  const button = h("button", { class: "button button-plain earlier", type: "button", hidden: true, on: { click: () => more() } }, t("chat.earlier"));
  let loading = false;
  const more = async () => {
    if (loading || button.hidden) return;
    loading = true;
    button.setAttribute("aria-busy", "true");
    button.textContent = t("chat.earlier_loading");
    try {
      await load();
    } finally {
      loading = false;
      button.removeAttribute("aria-busy");
      button.textContent = t("chat.earlier");
    }
  };
  return { node: button, more, show: (/** @type {boolean} */ earlier) => { button.hidden = !earlier; } };
}
