/** The page: the contents on the left, the operations on the right. */

import { h } from "../dom.js";
import { has, t } from "../i18n.js";
import { namedTypes, operationsByTag } from "./openapi.js";
import { operationNode } from "./operation.js";
import { typeNode } from "./types.js";

/** @import { Child } from "../dom.js" */
/** @import { View } from "../router.js" */
/** @import { Operation, Spec } from "./openapi.js" */

const EVENTS = /** @type {const} */ (["message", "examples", "delta", "done", "error"]);

/** @param {Spec} spec @returns {View} */
export function apiPage(spec) {
  const groups = [...operationsByTag(spec)];
  return {
    title: t("docs.title"),
    node: h("div", { class: "view api" },
      contents(groups),
      h("div", { class: "api-body" },
        h("header", { class: "api-intro" },
          h("h1", {}, t("docs.title")),
          h("p", {}, t("docs.lead")),
          h("p", {}, h("a", { href: "/api/openapi.json" }, "openapi.json"), ` · ${spec.info.title} ${spec.info.version}`)),
        errors(), events(),
        groups.map(([tag, operations]) => h("section", {}, heading(`tag-${tag}`, tagName(tag)),
          operations.map((operation) => operationNode(spec, operation)))),
        h("section", {}, heading("types", t("docs.types")), namedTypes(spec).map(([name]) => typeNode(spec, name))))),
  };
}

/** @param {string} tag */
function tagName(tag) {
  const key = `docs.tag.${tag}`;
  return has(key) ? t(key) : tag;
}

/** @param {string} id @param {string} text */
const heading = (id, text) => h("h2", { class: "api-heading", id }, h("a", { href: `#${id}` }, text));

/** @param {Array<[string, Operation[]]>} groups */
function contents(groups) {
  /** @param {string} id @param {...Child} words */
  const link = (id, ...words) => h("li", {}, h("a", { href: `#${id}` }, words));
  return h("nav", { class: "api-contents", "aria-label": t("docs.contents") },
    h("ul", {}, link("errors", t("docs.errors")), link("events", t("docs.events"))),
    groups.map(([tag, operations]) => h("details", { open: matchMedia("(width >= 64rem)").matches },
      h("summary", {}, tagName(tag)),
      h("ul", {}, operations.map(({ id, verb, path }) =>
        link(id, h("span", { class: `verb is-${verb}` }, verb.toUpperCase()), " ", h("code", {}, path.replace(/^\/api/, ""))))))),
    h("ul", {}, link("types", t("docs.types"))));
}

function errors() {
  return h("section", {}, heading("errors", t("docs.errors")),
    h("p", {}, t("docs.errors_text")),
    h("pre", { class: "code", tabindex: 0 }, '{"error": {"code": "conversation_not_found",\n           "message": "There is no such conversation.",\n           "detail": null}}'));
}

/** A turn's stream, which an OpenAPI description cannot spell out. */
function events() {
  return h("section", {}, heading("events", t("docs.events")),
    h("p", {}, t("docs.events_text")),
    h("dl", { class: "api-fields" }, EVENTS.map((name) =>
      h("div", { class: "api-field" }, h("dt", {}, h("code", {}, name)), h("dd", {}, t(`docs.event.${name}`))))),
    h("pre", { class: "code", tabindex: 0 }, 'event: delta\ndata: {"text": "I will "}\n\nevent: delta\ndata: {"text": "remember it."}'));
}
