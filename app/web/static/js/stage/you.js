/** Who the user is on a stage, as a sentence. */

import { t } from "../i18n.js";

/** @import { ConversationOut } from "../types.js" */

/** @param {ConversationOut} state */
export function userRoleText({ user_role: role, user_name: name }) {
  return t(`stage.role_${role}`, { name: name === "user" ? t("chat.you") : name });
}
