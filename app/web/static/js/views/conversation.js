/** `/conversations/{id}`: the stage. */

import { get } from "../api.js";
import { ChatView } from "../chat/chat-view.js";
import { knownStatus } from "../status.js";

/** @returns {Promise<import("../router.js").View>} */
export async function conversation({ id }, signal) {
  const [state, service] = await Promise.all([
    get(`/api/conversations/${encodeURIComponent(id)}`, signal),
    knownStatus(),
  ]);
  return new ChatView(state, service, signal).view();
}
