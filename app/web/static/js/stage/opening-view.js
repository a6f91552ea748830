/** `/stage`: choose a cast, say who you are, and let the curtain rise. `?with=slug,slug` chooses some already. */

import { get, patch, post, withQuery } from "../api.js";
import { controlOf, fill, formOf, h, textIn } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field, textArea } from "../field.js";
import { languageOf, list } from "../format.js";
import { companiesOf } from "../gallery/companies.js";
import { go } from "../go.js";
import { language, t } from "../i18n.js";
import { lasting } from "../storage.js";
import { debounce } from "../timing.js";
import { companyRow, MOST } from "./company.js";
import { curtainWaits } from "./curtain.js";
import { shortName, shortNames } from "./names.js";
import { roleChoice } from "./roles.js";
import { stageSentences } from "./sentences.js";

/** @import { Params, View } from "../router.js" */
/** @import { CharacterOut, ConversationOut, PageOf } from "../types.js" */
/** @import { Role } from "./roles.js" */

const TYPING_MS = 120;
/** With fewer characters there is nothing to look for. */
const SEARCHED_FROM = 9;
const PAGE = 100;
const LONGEST_DIRECTION = 400;

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function opening(_params, signal) {
  await stageSentences();
  const wanted = (new URLSearchParams(location.search).get("with") ?? "").split(",").filter(Boolean);
  const page = await pageOf(null, signal);
  const known = new Set(page.items.map(({ slug }) => slug));
  // A character that is shared by a link alone is in no list.
  const further = await Promise.all(wanted.filter((slug) => !known.has(slug)).map((slug) => get(`/api/characters/${encodeURIComponent(slug)}`, signal).catch(() => null)));
  const found = [...further.filter((each) => each !== null), ...page.items];
  const view = new Opening({ ...page, items: found }, wanted, signal);
  return { title: t("opening.heading"), node: view.ready.length > 0 || page.next_cursor ? view.node() : blank() };
}

/** @param {string|null} cursor @param {AbortSignal} signal @returns {Promise<PageOf<CharacterOut>>} */
function pageOf(cursor, signal) {
  return get(withQuery("/api/characters", { first: language(), cursor, limit: PAGE }), signal);
}

class Opening {
  /** @param {PageOf<CharacterOut>} page @param {string[]} wanted the slugs of those who are chosen already @param {AbortSignal} signal */
  constructor(page, wanted, signal) {
    this.signal = signal;
    /** @type {CharacterOut[]} */
    this.ready = [];
    /** @type {CharacterOut[]} */
    this.chosen = [];
    /** @type {ReturnType<typeof companyRow>[]} */
    this.companies = [];
    this.list = h("div", { class: "opening-companies" });
    this.none = h("p", { class: "field-hint", hidden: true });
    this.take(page);
    this.chosen = wanted.map((slug) => this.ready.find((each) => each.slug === slug)).filter((each) => each !== undefined).slice(0, MOST);
    /** @type {Role} */
    this.role = "persona";
    this.bill = h("div", { class: "bill" });
    this.parts = h("div", { class: "opening-part" });
    this.note = h("p", { class: "visually-hidden", role: "status" });
    this.complaint = h("p", { class: "field-error", role: "alert" });
    this.act = h("button", { class: "button button-primary bill-act" }, t("opening.act"));
  }

  /** Adds a page of characters; those who are still learning their lines cannot come on. @param {PageOf<CharacterOut>} page */
  take({ items, next_cursor: cursor }) {
    this.ready = [...this.ready, ...items.filter(({ status }) => status === "ready")];
    this.companies = companiesOf(this.ready).map((company) => companyRow(company, { toggle: (some) => this.toggle(some), chosen: () => this.chosen }));
    const more = async () => this.take(await pageOf(cursor, this.signal));
    const button = cursor && h("button", { class: "button", type: "button", on: { click: () => more().then(() => this.draw()).catch((error) => {
      if (!this.signal.aborted) this.complaint.textContent = explain(error);
    }) } }, t("opening.more"));
    fill(this.list, this.companies.map(({ node }) => node), this.none, button);
  }

  node() {
    this.draw();
    this.drawPart();
    return h("form", { class: "view opening", novalidate: true, on: { submit: (event) => {
      event.preventDefault();
      this.raise(formOf(event));
    } } },
    h("header", { class: "opening-head" }, h("h1", {}, t("opening.heading")), h("p", { class: "opening-lead" }, t("opening.lead"))),
    this.ready.length >= SEARCHED_FROM && h("input", {
      class: "input opening-search", type: "search", "aria-label": t("opening.search"), placeholder: t("opening.search"), autocomplete: "off", maxlength: 100,
      on: { input: debounce((event) => this.filter(controlOf(event).value.trim().toLowerCase()), TYPING_MS) },
    }),
    this.list,
    h("section", { class: "opening-programme", "aria-labelledby": "programme" },
      h("h2", { id: "programme" }, t("opening.programme")),
      h("div", { class: "opening-questions" },
        h("div", {}, h("h3", { class: "field-label" }, t("role.heading")),
          roleChoice("persona", ["persona", "speaker", "director", "watching"], (role) => {
            this.role = role;
            this.drawPart();
          }), this.parts),
        field({
          label: t("opening.direction"), name: "opening", control: textArea, rows: 4, maxlength: LONGEST_DIRECTION,
          hint: t("opening.direction_hint"), placeholder: t("opening.direction_placeholder"),
        }))),
    this.note, this.complaint,
    h("div", { class: "opening-bar" }, this.bill, this.act));
  }

  /** Brings characters on, or sends them off where all of them are on. @param {CharacterOut[]} some */
  toggle(some) {
    const slugs = new Set(some.map(({ slug }) => slug));
    const rest = this.chosen.filter(({ slug }) => !slugs.has(slug));
    const areOn = this.chosen.length - rest.length === some.length;
    const fresh = areOn ? rest : [...this.chosen, ...some.filter((each) => !this.chosen.includes(each))];
    this.chosen = fresh.slice(0, MOST);
    this.note.textContent = fresh.length > MOST ? t("opening.full") : this.names();
    this.complaint.textContent = fresh.length > MOST ? t("opening.full") : "";
    this.draw();
    this.drawPart();
  }

  names() {
    return this.chosen.length > 0 ? list(this.chosen.map(({ name }) => name)) : t("opening.none");
  }

  /** @param {string} words */
  filter(words) {
    const shown = this.companies.map(({ filter }) => filter(words)).filter(Boolean);
    this.none.hidden = shown.length > 0;
    this.none.textContent = t("opening.not_found", { query: words });
  }

  draw() {
    this.companies.forEach(({ draw }) => draw());
    const all = this.chosen.map(({ name }) => name);
    fill(this.bill,
      h("span", { class: "bill-label" }, t("opening.chosen")),
      all.length === 0
        ? h("span", { class: "bill-none" }, t("opening.none"))
        : h("ul", { class: "bill-names" }, all.map((name) => h("li", { lang: languageOf(name) }, shortName(name, all)))));
    this.act.disabled = all.length === 0;
  }

  /** The user's name, or the part they play. */
  drawPart() {
    const played = new Set(this.chosen.flatMap(({ speakers }) => speakers));
    const free = [...new Set(this.chosen.flatMap(({ others }) => others))].filter((name) => !played.has(name));
    if (this.role === "persona") {
      fill(this.parts, field({ label: t("opening.name"), name: "user_name", value: lasting.get("user-name") ?? "", maxlength: 80, autocomplete: "nickname" }));
    } else if (this.role === "speaker") {
      fill(this.parts, free.length > 0
        ? field({ label: t("opening.as"), name: "as", control: choice(free.map((name) => [name, name])), value: free[0], lang: languageOf(free[0]) })
        : h("p", { class: "field-hint" }, t("opening.as_none")));
    } else fill(this.parts);
  }

  /** @param {HTMLFormElement} form */
  async raise(form) {
    const name = this.role === "persona" ? textIn(form, "user_name") : "";
    const part = this.role === "speaker" ? textIn(form, "as") : "";
    this.act.disabled = true;
    this.complaint.textContent = "";
    try {
      /** @type {ConversationOut} */
      const created = await post("/api/conversations", {
        characters: this.chosen.map(({ slug }) => slug), role: this.role,
        opening: textIn(form, "opening") || null, user_name: name || null, as: part || null,
      });
      await patch(`/api/conversations/${created.id}`, { title: shortNames(this.chosen.map((each) => each.name)) });
      if (this.role === "persona") lasting.set("user-name", name);
      curtainWaits(created.id);
      go(`/conversations/${created.id}`);
    } catch (error) {
      this.complaint.textContent = explain(error);
      this.act.disabled = false;
    }
  }
}

/** Where no character has learned its lines yet. */
function blank() {
  return h("div", { class: "view" }, h("div", { class: "blank" },
    h("h1", {}, t("opening.empty")),
    h("p", {}, t("opening.empty_text")),
    h("a", { class: "button button-primary", href: "/" }, t("opening.to_cast"))));
}
