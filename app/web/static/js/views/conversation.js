/** `/conversations/{id}`: the stage. */

import { get } from "../api.js";
import { ChatView } from "../chat/chat-view.js";
import { chatSentences } from "../chat/sentences.js";
import { ratingSentences } from "../rating/sentences.js";
import { sceneSentences } from "../scene/sentences.js";
import { knownStatus } from "../status.js";

/** @import { ConversationOut } from "../types.js" */
/** @import { OpenView } from "../router.js" */

/**
 * @param {import("../chat/turn.js").RunningTurns} turns outlive the view
 * @returns {OpenView}
 */
export const conversation = (turns) => async ({ id }, signal) => {
  /** @type {[ConversationOut, import("../types.js").ServiceStatus, void, void]} */
  const [state, service] = await Promise.all([get(`/api/conversations/${encodeURIComponent(id)}`, signal), knownStatus(), chatSentences(), ratingSentences()]);
  if (state.scene) await sceneSentences();
  if (!state.is_stage) return new ChatView(state, { service, turns, signal }).view();
  const { stageView } = await import("../stage/stage-view.js");
  return stageView(state, { service, turns, signal });
};
