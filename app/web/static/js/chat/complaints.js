/** Says above the message box what went wrong, until its cause is over. */

import { ApiError, codeOf } from "../api.js";
import { h } from "../dom.js";
import { explain } from "../errors.js";
import { secondsLeft } from "../format.js";
import { t } from "../i18n.js";
import { onceOver } from "../passing.js";

/**
 * A function that says what an error means.
 * @param {{complain: (text?: HTMLElement) => void}} box @param {AbortSignal} signal
 */
export function complaints(box, signal) {
  let last = new AbortController();
  return (/** @type {unknown} */ error) => {
    const seconds = error instanceof ApiError ? error.retryAfter : null;
    // The sentence of a quota says itself when it is empty again.
    const isQuota = codeOf(error)?.startsWith("quota_");
    const wait = seconds && !isQuota ? ` ${t("chat.retry_after", { time: secondsLeft(seconds) })}` : "";
    box.complain(h("p", {}, explain(error), wait));
    last.abort();
    last = new AbortController();
    onceOver(error, () => box.complain(), AbortSignal.any([signal, last.signal]));
  };
}
