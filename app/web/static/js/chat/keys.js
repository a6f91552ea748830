/** The keys of a conversation, and the sheet that lists them. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { openSheet } from "./sheet.js";

/** @import { SentenceKey } from "../i18n.js" */

const isMac = /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** The key of commands, as the keyboard has it. */
export const COMMAND = isMac ? "⌘" : "Ctrl";

/** @type {Array<[SentenceKey, string[][]]>} what a key does, and the keys of each way to do it */
const KEYS = [
  ["shortcuts.send", [["Enter"]]],
  ["shortcuts.line", [["Shift", "Enter"]]],
  ["shortcuts.stop", [["Esc"]]],
  ["shortcuts.save", [["Enter"], [COMMAND, "Enter"]]],
  ["shortcuts.cancel", [["Esc"]]],
  ["shortcuts.write", [["/"]]],
  ["shortcuts.search", [[COMMAND, "K"]]],
  ["shortcuts.point", [["←"], ["→"]]],
  ["shortcuts.sheet", [["?"]]],
];

export function showKeys() {
  openSheet(t("shortcuts.heading"), "dialog-sheet-keys", h("dl", { class: "keys" }, KEYS.map(([key, ways]) => h("div", {},
    h("dt", {}, t(key)),
    h("dd", {}, ways.map((way, n) => [n > 0 && h("span", {}, ` ${t("shortcuts.or")} `), way.map((one) => h("kbd", {}, one))]))))));
}

/**
 * Listens for keys that work everywhere in a conversation, and leaves those of a field to it.
 * @param {{stop: () => void, search: () => void, write: () => void, signal: AbortSignal}} acts
 */
export function listenForKeys({ stop, search, write, signal }) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented || document.querySelector("dialog:modal")) return;
    if (event.key === "Escape") {
      stop();
      return;
    }
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      search();
      return;
    }
    const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") showKeys();
    else if (event.key === "/") {
      event.preventDefault();
      write();
    }
  }, { signal });
}
