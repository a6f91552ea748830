/** Copies a line. */

import { t } from "../i18n.js";
import { toast } from "../toast.js";

/** @param {string} text */
export async function copyText(text) {
  await navigator.clipboard.writeText(text);
  toast(t("chat.copied"));
}
