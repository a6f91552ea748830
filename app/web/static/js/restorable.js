/** Until when what is deleted now can be brought back. */

import { locale } from "./i18n.js";

/** As the service keeps it; a test compares the two. */
const RESTORABLE_DAYS = 30;

/** The last day for something deleted just now: "12 December". */
export function restorableUntil() {
  const until = new Date();
  until.setDate(until.getDate() + RESTORABLE_DAYS);
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long" }).format(until);
}
