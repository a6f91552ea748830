/** Acts as sentences. */

import { has, t } from "../i18n.js";

/** @import { AuditEntryOut } from "../types.js" */

/** The acts that can be looked for. */
export const ACTIONS = /** @type {const} */ ([
  "adapter_promoted",
  "adapter_registered",
  "adapter_removed",
  "adapter_reverted",
  "address_blocked",
  "admin_key_created",
  "admin_key_revoked",
  "audit_exported",
  "backup_deleted",
  "backup_downloaded",
  "backup_made",
  "character_changed",
  "character_created",
  "character_deleted",
  "character_exported",
  "character_published",
  "character_restored",
  "character_shared",
  "character_taken",
  "character_unpublished",
  "character_unshared",
  "conversation_deleted",
  "conversation_exported",
  "conversation_restored",
  "conversations_exported",
  "data_downloaded",
  "data_erased",
  "invitation_created",
  "invitation_deleted",
  "key_created",
  "key_refused",
  "key_revoked",
  "limits_changed",
  "model_chosen",
  "model_deleted",
  "model_pulled",
  "openid_linked",
  "openid_unlinked",
  "password_changed",
  "password_reset",
  "person_changed",
  "person_erased",
  "report_closed",
  "report_read",
  "script_deleted",
  "script_stored",
  "script_taken",
  "sign_in_failed",
  "signed_in",
  "signed_out",
  "signed_up",
]);

const ROLES = /** @type {const} */ (["reader", "author", "admin"]);

/** What was done by whom. @param {AuditEntryOut} entry */
export function actText(entry) {
  const who = whoText(entry);
  const key = `audit.act.${entry.action}`;
  if (!has(key)) return t("audit.other", { who, action: entry.action });
  const title = entry.target_title;
  return t(key, { who, n: entry.count, target: title ? quoted(title) : t("audit.nameless"), hasTarget: title !== "", id: entry.target_id || t("audit.nameless") });
}

/** @param {AuditEntryOut} entry */
function whoText({ login, key, guest, erased, outcome }) {
  if (login) return t("audit.who.login", { login });
  if (erased) return t("audit.who.erased");
  if (key) return key === "configured" ? t("audit.who.configured") : t("audit.who.key", { key });
  if (guest) return t("audit.who.guest");
  return t(outcome === "done" ? "audit.who.local" : "audit.who.unknown");
}

/** From where, and with what. @param {AuditEntryOut} entry */
export function placeText({ address, login, key }) {
  const from = address && t("audit.from_address", { address });
  const by = login && key && t("audit.with_key", { key });
  return [from, by].filter(Boolean).join(" · ");
}

/** What else is known of it. @param {AuditEntryOut} entry */
export function detailText({ detail, count, action }) {
  const role = ROLES.find((each) => each === detail.role);
  return [
    role && t("audit.role", { role: t(`role.${role}`) }),
    detail.disabled === true && t("audit.disabled"),
    detail.disabled === false && t("audit.enabled"),
    action === "person_changed" && Array.isArray(detail.fields) && detail.fields.includes("name") && t("audit.field.name"),
    detail.restorable === true && t("audit.deleted_restorable"),
    detail.restorable === false && t("audit.deleted_for_good"),
    action.startsWith("adapter_") && typeof detail.adapter === "string" && t("audit.adapter", { adapter: detail.adapter || t("audit.model_alone") }),
    count > 1 && t("audit.times", { n: count }),
  ].filter(Boolean).join(" · ");
}

/** @param {string} title */
const quoted = (title) => `“${title}”`;
