/** Beside the stage on wide screens: the character's portrait, and the other conversations. */

import { get, post, withQuery } from "../api.js";
import { fill, h, uniqueId } from "../dom.js";
import { ago, languageOf, unmarked } from "../format.js";
import { go } from "../go.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { hued, portrait } from "../monogram.js";
import { castLabel } from "../stage/names.js";
import { lasting } from "../storage.js";

/** @import { ConversationCharacter, ConversationOut, ConversationSummary, PageOf } from "../types.js" */

const LISTED = 40;
const CLOSED = "closed";

/**
 * @param {{
 *   state: () => ConversationOut, search: () => void, failed: (error: unknown) => void, signal: AbortSignal,
 *   top?: HTMLElement, begin?: (state: ConversationOut) => Promise<void>, another?: string,
 * }} options
 *   state: the conversation on the stage; top: what stands above the others; begin: another conversation like it, named `another`
 */
export function wings({ state, search, failed, signal, top = poster(state().character), begin = beginAnother, another = t("wings.new", { name: state().character.name }) }) {
  const id = uniqueId("wings");
  const title = uniqueId("others");
  const list = h("ol", { class: "wings-list" });
  const node = h("aside", { class: "wings", id, "aria-label": t("wings.label"), hidden: lasting.get("wings") === CLOSED },
    top,
    h("section", { class: "wings-others", "aria-labelledby": title },
      h("div", { class: "wings-head" },
        h("h2", { id: title }, t("wings.conversations")),
        headButton("search", t("wings.search"), search),
        headButton("add", another, () => begin(state()).catch(failed))),
      list));

  const refresh = async () => {
    /** @type {PageOf<ConversationSummary>} */
    const { items } = await get(withQuery("/api/conversations", { limit: LISTED }), signal);
    fill(list, items.map((item) => row(item, item.id === state().id)));
  };
  /** @type {HTMLButtonElement} */
  const toggle = h("button", {
    class: "icon-button wings-toggle", type: "button", "aria-controls": id, on: { click: () => {
      node.hidden = !node.hidden;
      lasting.set("wings", node.hidden ? CLOSED : null);
      draw();
    } },
  }, icon("wings"));
  const draw = () => {
    const label = t(node.hidden ? "wings.open" : "wings.close");
    toggle.setAttribute("aria-expanded", String(!node.hidden));
    toggle.setAttribute("aria-label", label);
    toggle.title = label;
  };
  draw();
  // What cannot be read is not missed: the conversation itself stands beside it.
  return { node, toggle, refresh: () => refresh().catch(() => {}) };
}

/** @param {import("../icons.js").IconName} image @param {string} label @param {() => unknown} run */
const headButton = (image, label, run) =>
  h("button", { class: "icon-button", type: "button", "aria-label": label, title: label, on: { click: run } }, icon(image));

/** Another conversation with the same character, by the same person, at the same point. @param {ConversationOut} state */
async function beginAnother({ character, user_name: name, until_scene: until }) {
  /** @type {ConversationOut} */
  const created = await post("/api/conversations", { character: character.slug, user_name: name, until_scene: until });
  go(`/conversations/${created.id}`);
}

/** The picture as large as the wings are wide, or a poster of the initial. @param {ConversationCharacter} character */
function poster(character) {
  const { name, slug, tagline, avatar } = character;
  return h("figure", { class: "wings-poster", ...hued(name) },
    h("a", { class: avatar ? "wings-poster-picture" : "wings-poster-picture is-plate", href: `/characters/${encodeURIComponent(slug)}`, tabindex: -1, "aria-hidden": "true" },
      portrait(character),
      !avatar && h("span", { class: "wings-poster-name", lang: languageOf(name) }, name)),
    tagline && h("figcaption", { lang: languageOf(tagline) }, tagline));
}

/** @param {ConversationSummary} item @param {boolean} isShown */
function row({ id, title, character, cast, updated_at: at }, isShown) {
  const words = unmarked(title) || t("conversations.untitled");
  return h("li", {},
    h("a", { class: "wings-row", href: `/conversations/${id}`, "aria-current": isShown ? "page" : null },
      portrait(character),
      h("span", { class: "wings-words" },
        h("span", { class: "wings-title", lang: languageOf(words) }, words),
        h("span", { class: "wings-meta" },
          castLabel(cast), " · ", h("time", { datetime: at }, ago(at))))));
}
