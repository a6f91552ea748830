/** `/`: the conversations to go on with, the cast in its companies, and all past conversations. */

import { get, withQuery } from "../api.js";
import { conversationList } from "../conversation-list.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { drawCompanies } from "../gallery/companies.js";
import { controls, drawTags, wantedAtFirst } from "../gallery/controls.js";
import { FavouriteList } from "../gallery/favourites.js";
import { shelf } from "../gallery/shelf.js";
import { language, t } from "../i18n.js";
import { readable } from "../macros.js";
import { hued } from "../monogram.js";
import { onceOver } from "../passing.js";
import { isRehearsing } from "../readiness.js";
import { scriptPage } from "../script-page.js";
import { knownStatus } from "../status.js";
import { repeat } from "../timing.js";

/** @import { Wanted } from "../gallery/controls.js" */
/** @import { Params, View } from "../router.js" */
/** @import { CharacterOut, ConversationSummary, PageOf, ServiceStatus } from "../types.js" */

const PAGE_SIZE = 60;
const POLL_MS = 1_000;

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function gallery(_params, signal) {
  const wanted = wantedAtFirst();
  /** @type {[PageOf<CharacterOut>, PageOf<ConversationSummary>, ServiceStatus, FavouriteList]} */
  const [cast, conversations, service, favourites] = await Promise.all([
    charactersPage(wanted, null, signal),
    get("/api/conversations?limit=100", signal),
    knownStatus(),
    FavouriteList.load(signal),
  ]);
  const isNew = conversations.items.length === 0;
  const page = new Gallery({ wanted, service, favourites, conversations: conversations.items, signal });
  page.take(cast);
  if (wanted.q) await page.findConversations();
  return {
    title: "",
    node: h("div", { class: isNew ? "view gallery is-new" : "view gallery" },
      isNew ? welcome(cast.items) : page.shelf, page.cast(isNew ? "h2" : "h1"), page.past),
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

/** @param {Wanted} wanted @param {string|null} cursor @param {AbortSignal} signal @returns {Promise<PageOf<CharacterOut>>} */
function charactersPage({ q, sort, tag, favourites }, cursor, signal) {
  return get(withQuery("/api/characters", {
    q, sort, tag, favourites: favourites || null, first: language(), cursor, limit: PAGE_SIZE,
  }), signal);
}

class Gallery {
  /**
   * @param {{wanted: Wanted, service: ServiceStatus, favourites: FavouriteList,
   *   conversations: ConversationSummary[], signal: AbortSignal}} options
   */
  constructor({ wanted, service, favourites, conversations, signal }) {
    this.wanted = wanted;
    this.service = service;
    this.favourites = favourites;
    this.conversations = conversations;
    this.signal = signal;
    /** @type {CharacterOut[]} */
    this.items = [];
    /** @type {string|null} */
    this.cursor = null;
    this.asked = 0;
    this.companies = h("div", { class: "companies" });
    this.tags = h("div", { class: "chips tags", role: "group", "aria-label": t("gallery.tags") });
    this.after = h("div", {});
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.shelf = shelf(conversations);
    this.past = h("section", { class: "past", "aria-labelledby": "past-heading" });
    this.drawPast(conversations);
    favourites.addEventListener("change", () => wanted.favourites && this.search());
    repeat(() => this.refresh(), signal);
  }

  /** @param {"h1"|"h2"} headingTag */
  cast(headingTag) {
    const { service } = this;
    return h("section", { class: "cast-section", "aria-labelledby": "cast-heading" },
      h("div", { class: "cast-head" },
        h(headingTag, { id: "cast-heading" }, t("gallery.cast")),
        controls(this.wanted, () => this.search()),
        h("a", { class: "button", href: "/stage" }, t("stage.open")),
        service.may_upload && uploadLink()),
      this.tags, this.said, this.companies, this.after,
      !service.may_upload && h("p", { class: "field-hint" }, t("upload.forbidden")));
  }

  /** @param {PageOf<CharacterOut>} page */
  take(page) {
    this.items = page.items;
    this.cursor = page.next_cursor;
    this.draw();
  }

  draw() {
    drawCompanies(this.companies, this.items, this.favourites);
    drawTags(this.tags, this.items, this.wanted, () => this.search());
    fill(this.after,
      this.items.length === 0 && this.nothing(),
      this.cursor && h("button", { class: "button", type: "button", on: { click: () => this.more() } }, t("gallery.more")));
  }

  nothing() {
    const { q, tag, favourites } = this.wanted;
    if (q) return h("div", { class: "blank" }, h("p", {}, t("gallery.none", { query: q })));
    if (favourites) return h("div", { class: "blank" }, h("p", {}, t("favourites.none")));
    if (tag) return h("div", { class: "blank" }, h("p", {}, t("gallery.none", { query: tag })));
    return emptyStage(this.service);
  }

  async more() {
    const page = await charactersPage(this.wanted, this.cursor, this.signal);
    this.items = [...this.items, ...page.items];
    this.cursor = page.next_cursor;
    this.draw();
  }

  /** Looks for what is wanted now; of several searches under way the newest is shown. */
  async search() {
    const asked = ++this.asked;
    const { q, tag, favourites } = this.wanted;
    history.replaceState(history.state, "", withQuery("/", { q, tag, favourites: favourites || null }));
    try {
      const [page] = await Promise.all([charactersPage(this.wanted, null, this.signal), this.findConversations()]);
      if (asked !== this.asked) return;
      this.take(page);
      this.said.textContent = t("gallery.found", { n: page.items.length });
    } catch (error) {
      if (this.signal.aborted) return;
      fill(this.after, h("p", { role: "alert" }, explain(error)));
      onceOver(error, () => this.search(), this.signal);
    }
  }

  /** Shows the conversations in which the words occur, or all of them. */
  async findConversations() {
    const { q } = this.wanted;
    this.shelf.hidden = q !== "";
    if (!q) {
      this.drawPast(this.conversations);
      return;
    }
    /** @type {PageOf<ConversationSummary>} */
    const found = await get(withQuery("/api/conversations", { q, limit: 50 }), this.signal);
    if (q === this.wanted.q) this.drawPast(found.items.map((item) => ({ ...item, preview: item.excerpt ?? item.preview })));
  }

  /** @param {ConversationSummary[]} conversations */
  drawPast(conversations) {
    fill(this.past,
      h("h2", { id: "past-heading" }, t(this.wanted.q ? "gallery.past_found" : "gallery.past")),
      conversationList(conversations, { withCharacter: true, onCount: (count) => {
        this.past.hidden = count === 0;
      } }));
  }

  /** Asks for those who are still learning their lines. */
  async refresh() {
    const indexing = this.items.filter(isRehearsing);
    if (indexing.length && !document.hidden) {
      /** @type {CharacterOut[]} */
      const fresh = await Promise.all(indexing.map((item) => get(`/api/characters/${encodeURIComponent(item.slug)}`, this.signal).catch(() => item)));
      const bySlug = new Map(fresh.map((item) => [item.slug, item]));
      this.items = this.items.map((item) => bySlug.get(item.slug) ?? item);
      this.draw();
    }
    return POLL_MS;
  }
}

const uploadLink = () => h("a", { class: "button button-primary", href: "/upload" }, t("gallery.upload"));

/** @param {ServiceStatus} service */
function emptyStage(service) {
  return h("div", { class: "blank" },
    h("h2", {}, t("gallery.empty")),
    h("p", {}, service.may_upload ? t("gallery.empty_text") : t("upload.forbidden")),
    service.may_upload && uploadLink());
}
