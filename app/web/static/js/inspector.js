/** "Try a line": which past lines a message would bring back. */

import { get, withQuery } from "./api.js";
import { fill, h } from "./dom.js";
import { explain } from "./errors.js";
import { field } from "./field.js";
import { milliseconds, score } from "./format.js";
import { has, t } from "./i18n.js";
import { scriptPage, splitLine } from "./script-page.js";

const SHOWN_FIRST = 4;

export function inspector(character, signal) {
  const result = h("div", { class: "inspection", "aria-live": "polite" });
  const own = new Set([character.name, ...character.aliases, ...character.speakers]);
  const look = async (event) => {
    event.preventDefault();
    const query = new FormData(event.target).get("query").trim();
    if (!query) return;
    try {
      const path = `/api/characters/${encodeURIComponent(character.slug)}/examples`;
      fill(result, found(await get(withQuery(path, { query }), signal), own));
    } catch (error) {
      fill(result, h("p", { class: "field-error" }, explain(error)));
    }
  };
  return h("section", { class: "inspector" },
    h("h2", { class: "eyebrow" }, t("inspector.heading")),
    h("p", { class: "inspector-text" }, t("inspector.text", { name: character.name })),
    h("form", { class: "inspector-form", on: { submit: look } },
      field({ label: t("inspector.label"), name: "query", maxlength: 400 }),
      h("button", { class: "button" }, t("inspector.look"))),
    result);
}

function found(inspection, own) {
  if (inspection.items.length === 0) return h("p", {}, t("inspector.none"));
  const rest = inspection.items.slice(SHOWN_FIRST);
  const times = t("inspector.times", { embed: milliseconds(inspection.embed_ms), search: milliseconds(inspection.search_ms), embedder: inspection.embedder });
  return [
    h("p", { class: "field-hint" }, times),
    sides(inspection.items.slice(0, SHOWN_FIRST), own),
    rest.length > 0 && h("details", {}, h("summary", {}, t("inspector.more", { n: rest.length })), sides(rest, own)),
  ];
}

const sides = (items, own) => h("ol", { class: "sides" }, items.map((item) => side(item, own)));

function side(item, own) {
  return h("li", { class: item.shown ? "side" : "side is-dropped" },
    h("p", { class: "side-score" }, t("examples.score", { score: score(item.score) }),
      !item.shown && h("span", { class: "tag" }, reason(item.reason))),
    scriptPage(item.lines.map(splitLine), own));
}

const reason = (text) => (has(`inspector.reason.${text}`) ? t(`inspector.reason.${text}`) : (text ?? t("inspector.not_shown")));
