/** Below the head of a conversation that a bookmark bounds: how far its reader is. */

import { h } from "../dom.js";
import { go } from "../go.js";

/** @import { CharacterOut, ConversationOut } from "../types.js" */

/**
 * @param {Promise<CharacterOut|null>} character null when it cannot be read
 * @param {ConversationOut} state
 * @param {AbortSignal} signal
 */
export function readingLine(character, state, signal) {
  const node = h("div", { class: "reading-line", hidden: true });
  const show = async () => {
    const found = await character;
    const script = found?.reading?.script ?? found?.scripts[0]?.id;
    if (state.read_until === null || script === undefined) return;
    const { bookmarkBar } = await import("../bookmark/bookmark-bar.js");
    node.append(await bookmarkBar({ script, signal, short: true, changed: () => go(location.pathname, { replace: true }) }));
    node.hidden = false;
  };
  show().catch(() => {}); // the conversation goes on without it
  return node;
}
