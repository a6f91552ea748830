/** Who says a message, and who alone hears it. */

import { list } from "../format.js";
import { t } from "../i18n.js";

/** @import { ConversationOut, MessageOut } from "../types.js" */

/** Empty for a direction. @param {MessageOut} message @param {ConversationOut} state */
export function nameOf({ role, stage }, state) {
  if (role === "direction") return "";
  return role === "assistant" ? stage?.speaker?.name ?? state.character.name : userName(state);
}

/** To whom alone it was said; empty where all on stage heard it. @param {MessageOut} message @param {ConversationOut} state */
export function whispered({ role, stage }, state) {
  if (!stage?.circle || (stage.kind !== "line" && stage.kind !== "direction")) return "";
  const { circle, speaker } = stage;
  const hears = state.participants.filter(({ id }) => id !== null && id !== speaker?.id && circle.includes(id)).map(({ name }) => name);
  if (role === "assistant" && ["persona", "speaker"].includes(state.user_role)) hears.unshift(userName(state));
  return hears.length > 0 ? t("chat.whispered_to", { names: list(hears) }) : t("chat.whispered");
}

/** @param {ConversationOut} state */
const userName = ({ user_name: name }) => name === "user" ? t("chat.you") : name;
