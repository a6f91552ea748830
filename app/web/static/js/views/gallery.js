/** `/`: the cast, and the conversations one has had with it. */

import { get, withQuery } from "../api.js";
import { conversationList } from "../conversation-list.js";
import { controlOf, fill, h, reconcile, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf } from "../format.js";
import { icon } from "../icons.js";
import { language, t } from "../i18n.js";
import { languageName } from "../language-name.js";
import { readable } from "../macros.js";
import { hued, portrait } from "../monogram.js";
import { indexingProgress } from "../progress.js";
import { onceOver } from "../passing.js";
import { apartFromNote, isRehearsing, refreshNotes, rehearsalNote } from "../readiness.js";
import { scriptPage } from "../script-page.js";
import { knownStatus } from "../status.js";
import { debounce, repeat } from "../timing.js";

/** @import { Params, View } from "../router.js" */
/** @import { CharacterOut, ConversationSummary, PageOf, ServiceStatus } from "../types.js" */

const PAGE_SIZE = 24;
const POLL_MS = 1_000;

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function gallery(_params, signal) {
  const query = new URLSearchParams(location.search).get("q") ?? "";
  /** @type {[PageOf<CharacterOut>, PageOf<ConversationSummary>, ServiceStatus]} */
  const [cast, conversations, service] = await Promise.all([
    charactersPage(query, null, signal),
    get("/api/conversations?limit=100", signal),
    knownStatus(),
  ]);
  const isNew = conversations.items.length === 0;
  const castBox = castSection({ cast, query, service, signal, headingTag: isNew ? "h2" : "h1" });
  const past = h("section", { class: "past", "aria-labelledby": "past-heading" }, h("h2", { id: "past-heading" }, t("gallery.past")));
  past.append(conversationList(conversations.items, { withCharacter: true, onCount: (count) => { past.hidden = count === 0; } }));
  return {
    title: "",
    node: h("div", { class: isNew ? "view gallery is-new" : "view gallery" }, isNew && welcome(cast.items), castBox, past),
  };
}

/** @param {CharacterOut[]} cast */
function welcome(cast) {
  const ready = cast.filter((character) => character.status === "ready" && character.greeting);
  const host = ready.find((character) => character.language === language()) ?? ready[0];
  return h("section", { class: "welcome" },
    h("div", { class: "welcome-words" },
      h("h1", {}, t("welcome.heading")),
      h("p", {}, t("welcome.text"))),
    host && h("div", { class: "welcome-page", ...hued(host.name) },
      scriptPage([{ speaker: host.name, text: readable(host.greeting, host, t("chat.you")) }, { speaker: t("chat.you"), text: "…" }], new Set([host.name])),
      h("a", { class: "button", href: `/characters/${encodeURIComponent(host.slug)}` }, t("welcome.answer", { name: host.name }))));
}

/** @param {string} q @param {string|null} cursor @param {AbortSignal} signal @returns {Promise<PageOf<CharacterOut>>} */
function charactersPage(q, cursor, signal) {
  return get(withQuery("/api/characters", { q, cursor, limit: PAGE_SIZE }), signal);
}

/**
 * @param {{cast: PageOf<CharacterOut>, query: string, service: ServiceStatus, signal: AbortSignal, headingTag: "h1"|"h2"}} options
 */
function castSection({ cast, query, service, signal, headingTag }) {
  const list = h("ul", { class: "cast" });
  const after = h("div", {});
  const searched = h("p", { class: "visually-hidden", role: "status" });
  let items = cast.items;
  let cursor = cast.next_cursor;
  let sought = query;

  const draw = () => {
    reconcile(list, items.map((item) => ({
      key: item.slug,
      signature: JSON.stringify([apartFromNote(item), language()]),
      render: () => card(item),
    })));
    refreshNotes(list, items);
    fill(after,
      items.length === 0 && (sought ? nothingFound(sought) : emptyStage(service)),
      cursor && h("button", { class: "button", type: "button", on: { click: more } }, t("gallery.more")));
  };
  const more = async () => {
    const page = await charactersPage(sought, cursor, signal);
    items = [...items, ...page.items];
    cursor = page.next_cursor;
    draw();
  };
  const search = debounce(async (/** @type {string} */ value) => {
    sought = value.trim();
    history.replaceState(history.state, "", withQuery("/", { q: sought }));
    try {
      const page = await charactersPage(sought, null, signal);
      if (sought !== value.trim()) return;
      items = page.items;
      cursor = page.next_cursor;
      draw();
      searched.textContent = t("gallery.found", { n: items.length });
    } catch (error) {
      if (signal.aborted) return;
      fill(after, h("p", { role: "alert" }, explain(error)));
      onceOver(error, () => search(value), signal);
    }
  }, 200);
  /** @param {CharacterOut} fresh */
  const replace = (fresh) => {
    items = items.map((item) => (item.slug === fresh.slug ? fresh : item));
  };

  repeat(async () => {
    const indexing = items.filter(isRehearsing);
    if (indexing.length && !document.hidden) {
      const fresh = await Promise.all(indexing.map((item) => get(`/api/characters/${encodeURIComponent(item.slug)}`, signal).catch(() => item)));
      fresh.forEach(replace);
      draw();
    }
    return POLL_MS;
  }, signal);

  draw();
  const heading = h(headingTag, { id: "cast-heading" }, t("gallery.cast"));
  return h("section", { class: "cast-section", "aria-labelledby": "cast-heading" },
    h("div", { class: "cast-head" }, heading, searchBox(query, search), service.may_upload && uploadLink()),
    searched, list, after,
    !service.may_upload && h("p", { class: "field-hint" }, t("upload.forbidden")));
}

/** @param {string} query @param {(value: string) => void} search */
function searchBox(query, search) {
  const id = uniqueId("search");
  return h("div", { class: "search", role: "search" },
    h("label", { class: "visually-hidden", for: id }, t("gallery.search")),
    h("input", { class: "input", id, type: "search", placeholder: t("gallery.search"), value: query, on: { input: (event) => search(controlOf(event).value) } }));
}

const uploadLink = () => h("a", { class: "button button-primary", href: "/upload" }, t("gallery.upload"));

/** @param {string} query */
function nothingFound(query) {
  return h("div", { class: "blank" }, h("p", {}, t("gallery.none", { query })));
}

/** @param {ServiceStatus} service */
function emptyStage(service) {
  return h("div", { class: "blank" },
    h("h2", {}, t("gallery.empty")),
    h("p", {}, service.may_upload ? t("gallery.empty_text") : t("upload.forbidden")),
    service.may_upload && uploadLink());
}

/** @param {CharacterOut} character */
function card(character) {
  return h("li", { class: `card is-${character.status}` },
    portrait(character),
    h("div", { class: "card-body" },
      h("h3", { lang: languageOf(character.name, character.language) },
        h("a", { href: `/characters/${encodeURIComponent(character.slug)}` }, character.name)),
      character.tagline && h("p", { class: "card-tagline", lang: languageOf(character.tagline, character.language) }, character.tagline),
      h("p", { class: "card-meta" }, source(character)),
      character.status === "indexing" && indexingProgress(character.progress),
      rehearsalNote(character),
      character.status === "failed" && h("p", { class: "card-failed" }, h("span", { class: "tag tag-failed" }, t("status.failed")), " ", t("character.failed"))),
    h("span", { class: "card-onward", "aria-hidden": "true" }, icon("onward")));
}

/** @param {CharacterOut} character */
function source(character) {
  const titles = character.scripts.flatMap((script, place) => [place > 0 && t("list.comma"), h("cite", { lang: languageOf(script.title) }, script.title)]);
  /** @type {Array<string|HTMLElement|Array<string|false|HTMLElement>>} */
  const parts = [titles, languageName(character.language)];
  if (character.status === "ready") parts.push(t("character.line_count", { n: character.lines }));
  if (!character.published) parts.push(h("span", { class: "tag" }, t("status.unpublished")));
  return parts.filter((part) => part instanceof HTMLElement || part.length > 0).map((part) => h("span", {}, part));
}
