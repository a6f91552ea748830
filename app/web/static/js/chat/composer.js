/** Where a person writes: grows, keeps drafts, and never sends a half-composed word. */

import { fill, h } from "../dom.js";
import { number } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { passing } from "../storage.js";

/** @import { Child } from "../dom.js" */

/** The counter appears when this share of the limit is used. */
const COUNTER_SHARE = 0.8;

/**
 * @param {{conversationId: string, name: string, limit: number, lang: string,
 *   onSend: (text: string) => void, onStop: () => void, above?: Child}} options
 *   above: what stands above the text
 */
export function composer({ conversationId, name, limit, lang, onSend, onStop, above }) {
  const draft = `draft.${conversationId}`;
  const counter = h("p", { class: "composer-counter", "aria-live": "polite" });
  const complaint = h("div", { class: "composer-complaint", role: "alert", hidden: true });
  const input = h("textarea", {
    class: "composer-input", rows: 1, lang, "aria-label": t("chat.compose", { name }),
    placeholder: t("chat.placeholder", { name }), enterkeyhint: "send", data: { skip: "" }, value: passing.get(draft) ?? "",
  });
  const button = h("button", { class: "composer-button", type: "submit" });
  let busy = false;

  const length = () => [...input.value.trim()].length;
  const update = () => {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
    const used = length();
    counter.hidden = used < limit * COUNTER_SHARE;
    counter.textContent = t("chat.counter", { used: number(used), limit: number(limit) });
    counter.classList.toggle("is-over", used > limit);
    button.disabled = !busy && (used === 0 || used > limit);
  };
  const send = () => {
    if (busy || length() === 0 || length() > limit) return;
    const text = input.value.trim();
    setText("");
    onSend(text);
  };
  /** @param {string} text */
  const setText = (text) => {
    input.value = text;
    passing.set(draft, text);
    update();
  };

  input.addEventListener("input", () => {
    passing.set(draft, input.value);
    update();
  });
  input.addEventListener("keydown", (event) => {
    // While an input method composes, Enter picks a word; some browsers only say so by code 229.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  });
  const form = h("form", { class: "composer", on: { submit: (event) => {
    event.preventDefault();
    if (busy) onStop();
    else send();
  } } }, complaint, above, h("div", { class: "composer-row" }, input, button), counter);

  /** @param {boolean} value */
  const setBusy = (value) => {
    busy = value;
    form.classList.toggle("is-busy", busy);
    button.setAttribute("aria-label", t(busy ? "chat.stop" : "chat.send"));
    button.title = t(busy ? "chat.stop_hint" : "chat.send");
    fill(button, icon(busy ? "stop" : "send"));
    update();
  };
  /** @param {...Child} content */
  const complain = (...content) => {
    complaint.hidden = content.length === 0;
    fill(complaint, ...content);
  };
  setBusy(false);
  return { node: form, input, setBusy, setText, complain, focus: () => input.focus(), fit: update, isEmpty: () => input.value === "" };
}
