/** Search over all conversations: titles, characters, and what was said. */

import { get, withQuery } from "../api.js";
import { fill, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { ago, languageOf, unmarked } from "../format.js";
import { go } from "../go.js";
import { t } from "../i18n.js";
import { portrait } from "../monogram.js";
import { castLabel } from "../stage/names.js";
import { debounce } from "../timing.js";
import { openSheet } from "./sheet.js";

/** @import { ConversationSummary, PageOf } from "../types.js" */

const SHOWN = 20;
const TYPING_MS = 180;

export function openSearch() {
  const listId = uniqueId("found");
  const list = h("ul", { class: "found", id: listId, role: "listbox", "aria-label": t("search.found") });
  const state = h("p", { class: "field-hint", role: "status" });
  const input = h("input", {
    class: "input", type: "search", role: "combobox", "aria-expanded": "true", "aria-controls": listId, "aria-autocomplete": "list",
    "aria-label": t("search.label"), placeholder: t("search.label"), autocomplete: "off", maxlength: 200, enterkeyhint: "go",
  });
  const leaving = new AbortController();
  let asked = 0;
  let at = 0;

  const choose = () => {
    const options = [...list.querySelectorAll("[role=option]")];
    at = Math.max(0, Math.min(options.length - 1, at));
    options.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    const chosen = options[at];
    if (!chosen) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", chosen.id);
    chosen?.scrollIntoView({ block: "nearest" });
  };
  const load = async () => {
    const turn = ++asked;
    try {
      /** @type {PageOf<ConversationSummary>} */
      const { items, next_cursor: more } = await get(withQuery("/api/conversations", { q: input.value.trim(), limit: SHOWN }), leaving.signal);
      if (turn !== asked) return;
      fill(list, items.map(option));
      state.textContent = items.length === 0 ? t("search.none") : t(more ? "search.first" : "search.count", { n: items.length });
      at = 0;
      choose();
    } catch (error) {
      if (turn === asked && !leaving.signal.aborted) state.textContent = explain(error);
    }
  };
  const open = () => list.querySelector("a[aria-selected=true]")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  input.addEventListener("input", debounce(load, TYPING_MS));
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at += event.key === "ArrowDown" ? 1 : -1;
      choose();
    } else if (event.key === "Enter") {
      event.preventDefault();
      open();
    }
  });
  const dialog = openSheet(t("search.heading"), "dialog-sheet-search", h("div", { class: "search-field" }, input, state), list);
  list.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.close();
    go(link.pathname);
  });
  dialog.addEventListener("close", () => leaving.abort());
  input.focus();
  load();
}

/** @param {ConversationSummary} item */
function option({ id, title, character, cast, preview, updated_at: at }) {
  const words = unmarked(title) || t("conversations.untitled");
  return h("li", { role: "presentation" },
    h("a", { id: uniqueId("option"), class: "wings-row found-option", role: "option", "aria-selected": "false", href: `/conversations/${id}`, tabindex: -1 },
      portrait(character),
      h("span", { class: "wings-words" },
        h("span", { class: "wings-title", lang: languageOf(words) }, words),
        preview && h("span", { class: "found-preview", lang: languageOf(preview) }, unmarked(preview)),
        h("span", { class: "wings-meta" }, castLabel(cast), " · ", ago(at)))));
}
