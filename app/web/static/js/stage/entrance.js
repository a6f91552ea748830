/** “Who enters?”: those who left, and every other character who knows its lines. */

import { get, post, withQuery } from "../api.js";
import { openSheet } from "../chat/sheet.js";
import { controlOf, fill, h, within } from "../dom.js";
import { explain } from "../errors.js";
import { field } from "../field.js";
import { languageOf } from "../format.js";
import { go } from "../go.js";
import { language, t } from "../i18n.js";
import { hued, portrait } from "../monogram.js";
import { debounce } from "../timing.js";
import { stageSentences } from "./sentences.js";

/** @import { CharacterOut, ConversationOut, PageOf } from "../types.js" */
/** @import { ConversationStore } from "../chat/conversation-store.js" */

const SHOWN = 40;
const TYPING_MS = 180;
const LONGEST_DIRECTION = 400;

/**
 * Opens the choice; a conversation of one becomes a stage.
 * @param {{store: ConversationStore, signal: AbortSignal}} options
 */
export async function openEntrance({ store, signal }) {
  await stageSentences();
  const list = h("ul", { class: "enterers" });
  const complaint = h("p", { class: "field-error", role: "alert" });
  const direction = field({ label: t("stage.enter_how"), name: "direction", hint: t("stage.enter_how_hint"), maxlength: LONGEST_DIRECTION });
  let asked = 0;

  /** @param {CharacterOut} character */
  const enter = async ({ slug }) => {
    complaint.textContent = "";
    try {
      const how = within(direction, "input").value.trim();
      /** @type {ConversationOut} */
      const fresh = await post(`${store.path}/participants`, { character: slug, direction: how || null });
      sheet.close();
      if (store.state.is_stage) await store.change(async () => fresh);
      else go(`/conversations/${fresh.id}`, { replace: true });
    } catch (error) {
      complaint.textContent = explain(error);
    }
  };
  /** @param {string} q */
  const look = async (q) => {
    const turn = ++asked;
    try {
      /** @type {PageOf<CharacterOut>} */
      const { items } = await get(withQuery("/api/characters", { q, first: language(), limit: SHOWN }), signal);
      if (turn !== asked) return;
      const present = new Set(store.state.participants.filter((each) => each.on_stage).map(({ slug }) => slug));
      const free = items.filter(({ slug, status }) => status === "ready" && !present.has(slug));
      fill(list, free.map((each) => enterer(each, () => enter(each))));
      complaint.textContent = free.length > 0 ? "" : q ? t("opening.not_found", { query: q }) : t("stage.enter_none");
    } catch (error) {
      if (turn === asked && !signal.aborted) complaint.textContent = explain(error);
    }
  };
  const search = h("input", {
    class: "input", type: "search", "aria-label": t("opening.search"), placeholder: t("opening.search"), autocomplete: "off", maxlength: 100,
    on: { input: debounce((event) => look(controlOf(event).value.trim()), TYPING_MS) },
  });
  const sheet = openSheet(t("stage.choose_enter"), "dialog-sheet-enter",
    h("div", { class: "sheet-body" }, search, direction, complaint, list));
  await look("");
}

/** @param {CharacterOut} character @param {() => void} enter */
function enterer(character, enter) {
  const { name, tagline } = character;
  return h("li", { ...hued(name) }, h("button", { class: "enterer", type: "button", on: { click: enter } },
    portrait(character),
    h("span", { class: "enterer-words" },
      h("span", { class: "enterer-name", lang: languageOf(name) }, name),
      tagline && h("span", { class: "enterer-tagline", lang: languageOf(tagline) }, tagline))));
}
