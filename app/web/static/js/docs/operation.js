/** One method of one path. */

import { codeText } from "../code-text.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { curlOf, fieldsOf, requestBody, responsesOf } from "./openapi.js";
import { fieldList, typeWords } from "./types.js";

/** @import { Child } from "../dom.js" */
/** @import { Answer, Operation, Spec } from "./openapi.js" */

/** @param {Spec} spec @param {Operation} operation */
export function operationNode(spec, operation) {
  const { id, verb, path, description, summary } = operation;
  const body = requestBody(operation);
  const parameters = operation.parameters ?? [];
  return h("article", { class: "operation", id, "aria-labelledby": `${id}-name` },
    h("h3", { id: `${id}-name` }, h("a", { href: `#${id}` },
      h("span", { class: `verb is-${verb}` }, verb.toUpperCase()), " ", h("code", {}, path))),
    h("p", { lang: "en" }, codeText(description ?? summary)),
    parameters.length > 0 && part(t("docs.parameters"), fieldList(parameters.map((one) => ({ ...one, place: one.in })))),
    body && part(t("docs.body"), h("p", { class: "field-hint" }, h("code", {}, body.kind)), fieldList(fieldsOf(spec, body.schema))),
    part(t("docs.answers"), h("dl", { class: "api-fields" }, responsesOf(operation).map(answer))),
    example(curlOf(spec, operation, location.origin)));
}

/** FastAPI's text for an answer without a description. */
const UNSAYING = new Set(["Successful Response"]);

/** @param {string} title @param {...Child} content */
const part = (title, ...content) => h("section", {}, h("h4", { class: "eyebrow" }, title), content);

/** @param {Answer} answer */
function answer({ status, description, schema, streams, fails }) {
  const words = [
    fails ? h("a", { href: "#errors" }, t("docs.error")) : schema && typeWords(schema),
    streams && [schema && t("docs.or"), h("a", { href: "#events" }, t("docs.events"))],
    !UNSAYING.has(description) && h("p", { lang: "en" }, codeText(description)),
  ];
  return h("div", { class: "api-field" }, h("dt", {}, h("code", {}, status)), h("dd", {}, words));
}

/** @param {string} command */
function example(command) {
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    toast(t("chat.copied"));
  };
  return h("details", { class: "api-example" },
    h("summary", {}, t("docs.example")),
    h("pre", { class: "code", tabindex: 0 }, command),
    h("button", { class: "button", type: "button", on: { click: copy } }, t("chat.copy")));
}
