/** The exact prompt of a reply, for operators: a sheet over the conversation. */

import { get } from "../api.js";
import { fill, focusOn, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { moment } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { budget } from "./budget.js";
import { plainText, sectionsOf } from "./kinds.js";
import { leftOut } from "./left-out.js";
import { promptText } from "./text.js";

/** @import { MessageOut, ReplyPrompt } from "../types.js" */

/**
 * Opens the sheet; it closes itself, and the focus goes back to where it was.
 * @param {MessageOut} message a reply
 * @param {Set<string>} own the character's names
 * @param {AbortSignal} signal aborts when the conversation is left
 */
export async function openPrompt(message, own, signal) {
  const opener = document.activeElement;
  const title = uniqueId("prompt");
  const heading = h("h2", { id: title, tabindex: -1 }, t("prompt.heading"));
  const body = h("div", { class: "prompt-body", tabindex: 0, role: "region", "aria-labelledby": title, "aria-busy": "true" },
    h("p", { class: "direction waiting" }, t("prompt.loading")));
  const actions = h("div", { class: "prompt-actions" });
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { class: "prompt-sheet", "aria-labelledby": title },
    h("header", { class: "prompt-head" }, heading, actions,
      h("button", { class: "icon-button", type: "button", "aria-label": t("close"), on: { click: () => dialog.close() } }, icon("close"))),
    body);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener?.isConnected) focusOn(opener);
  });
  signal.addEventListener("abort", () => dialog.close(), { once: true });
  document.body.append(dialog);
  dialog.showModal();
  heading.focus();
  try {
    /** @type {ReplyPrompt} */
    const prompt = await get(`/api/admin/replies/${message.id}/prompt`, signal);
    fill(actions, copyButton(prompt));
    fill(body, content(prompt, own));
  } catch (error) {
    if (!signal.aborted) fill(body, h("p", { class: "field-error", role: "alert" }, explain(error)));
  }
  body.removeAttribute("aria-busy");
}

/** @param {ReplyPrompt} prompt */
function copyButton(prompt) {
  return h("button", { class: "button", type: "button", on: { click: async () => {
    await navigator.clipboard.writeText(plainText(prompt));
    toast(t("prompt.copied"));
  } } }, icon("copy"), h("span", { class: "prompt-copy-words" }, t("prompt.copy")));
}

/** @param {ReplyPrompt} prompt @param {Set<string>} own */
function content(prompt, own) {
  const sections = sectionsOf(prompt);
  return [
    h("div", { class: "prompt-intro" },
      h("p", {}, t("prompt.about", { model: prompt.model })),
      h("p", { class: "prompt-when" }, moment(prompt.created_at), " · ", t(`prompt.style.${prompt.style}`)),
      prompt.continues && h("p", {}, t("prompt.continued")),
      prompt.edited_at && h("p", {}, t("prompt.edited"))),
    budget(prompt, sections),
    promptText(sections),
    leftOut(prompt, own),
    sentAlong(prompt),
  ];
}

/** Sampling and stop strings. @param {ReplyPrompt} prompt */
function sentAlong({ sampling, stops }) {
  const values = Object.entries(sampling ?? {}).map(([name, value]) => [h("dt", {}, name), h("dd", {}, typeof value === "object" ? JSON.stringify(value) : String(value))]);
  return h("details", { class: "prompt-along" },
    h("summary", {}, t("prompt.along")),
    h("dl", { class: "facts" }, values),
    h("h4", {}, t("prompt.stops")),
    h("ul", { class: "prompt-stops" }, stops.map((stop) => h("li", {}, h("code", {}, stop.replaceAll("\n", "↵"))))));
}
