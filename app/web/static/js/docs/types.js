/** Types in words, fields in rows. */

import { codeText } from "../code-text.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { fieldsOf, isFile, limitsOf, refName, resolve, variants } from "./openapi.js";

/** @import { Child } from "../dom.js" */
/** @import { Schema, SchemaField, Spec } from "./openapi.js" */

/** A named type with its fields, where links to it lead. @param {Spec} spec @param {string} name */
export function typeNode(spec, name) {
  const schema = spec.components.schemas[name];
  return h("article", { class: "operation", id: `type-${name}` },
    h("h3", {}, h("a", { href: `#type-${name}` }, h("code", {}, name))),
    schema.description && h("p", { lang: "en" }, codeText(schema.description)),
    fieldList(fieldsOf(spec, resolve(spec, schema)), { answers: true }));
}

/** @returns {Child[]} `string or null`, `array of MessageOut`, each name a link @param {Schema} schema */
export function typeWords(schema) {
  return variants(schema).flatMap((one, place) => [place > 0 ? t("docs.or") : "", ...oneType(one)]);
}

/** @param {Schema} schema @returns {Child[]} */
function oneType(schema) {
  const name = refName(schema);
  if (name) return [h("a", { href: `#type-${name}` }, name)];
  if (schema.enum) return [schema.enum.map((value) => JSON.stringify(value)).join(" | ")];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (isFile(schema)) return [t("docs.file")];
  if (schema.type === "array") return [t("docs.array_of"), ...typeWords(schema.items ?? {})];
  return [[schema.type ?? t("docs.anything"), schema.format && ` (${schema.format})`]];
}

/** @param {SchemaField[]} fields @param {{answers?: boolean}} [options] */
export function fieldList(fields, { answers = false } = {}) {
  return h("dl", { class: "api-fields" }, fields.map((field) => row(field, answers)));
}

/** @param {SchemaField} field @param {boolean} answers */
function row({ name, schema, required, place, description = schema.description }, answers) {
  const facts = [
    place,
    !answers && t(required ? "docs.required" : "docs.optional"),
    ...limitsOf(schema).map(({ of, range }) => t(`docs.limit.${of}`, { range })),
    schema.default !== undefined && schema.default !== null && t("docs.default", { value: JSON.stringify(schema.default) }),
  ].filter(Boolean);
  return h("div", { class: "api-field" },
    h("dt", {}, h("code", {}, name)),
    h("dd", {}, h("span", { class: "api-type" }, typeWords(schema)),
      facts.length > 0 && h("span", { class: "api-facts" }, facts.join(" · ")),
      description && h("p", { lang: "en" }, codeText(description))));
}
