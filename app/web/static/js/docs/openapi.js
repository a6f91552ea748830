/** Reads an OpenAPI description; knows nothing of the page. */

/**
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {string} [type]
 * @property {string} [format]
 * @property {string} [description]
 * @property {unknown[]} [enum]
 * @property {unknown} [const]
 * @property {unknown} [default]
 * @property {string} [contentMediaType]
 * @property {Schema} [items]
 * @property {Schema[]} [anyOf]
 * @property {Schema[]} [oneOf]
 * @property {Schema[]} [allOf]
 * @property {Record<string, Schema>} [properties]
 * @property {string[]} [required]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {number} [minItems]
 * @property {number} [maxItems]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [exclusiveMinimum]
 *
 * @typedef {{name: string, schema: Schema, required: boolean, place?: string, description?: string}} SchemaField
 * @typedef {{name: string, in: string, required: boolean, schema: Schema, description?: string}} Parameter
 * @typedef {Record<string, {schema: Schema}>} Content by media type
 * @typedef {object} Described a method of a path
 * @property {string[]} [tags]
 * @property {string} summary
 * @property {string} [description]
 * @property {Parameter[]} [parameters]
 * @property {{content: Content}} [requestBody]
 * @property {Record<string, {description: string, content?: Content}>} responses
 *
 * @typedef {Described & {path: string, verb: string, id: string}} Operation
 * @typedef {{status: string, description: string, schema?: Schema, streams: boolean, fails: boolean}} Answer
 *   fails: it is an error; streams: may also answer with events
 * @typedef {{info: {title: string, version: string}, paths: Record<string, Record<string, Described>>,
 *   components: {schemas: Record<string, Schema>}}} Spec
 */

const VERBS = ["get", "post", "put", "patch", "delete"];
const REF = "#/components/schemas/";

/** The bodies of errors: the page shows them once. */
const ERRORS = new Set(["ErrorBody", "OpenAIErrorBody"]);

/** @returns {Map<string, Operation[]>} operations by tag, in the order of the description @param {Spec} spec */
export function operationsByTag(spec) {
  /** @type {Map<string, Operation[]>} */
  const groups = new Map();
  for (const [path, methods] of Object.entries(spec.paths)) {
    for (const verb of VERBS.filter((name) => name in methods)) {
      const operation = { ...methods[verb], path, verb, id: anchor(verb, path) };
      const tag = operation.tags?.[0] ?? "";
      groups.set(tag, [...(groups.get(tag) ?? []), operation]);
    }
  }
  return groups;
}

/** @param {string} verb @param {string} path */
const anchor = (verb, path) => [verb, ...path.split(/[^a-z0-9_]+/i)].filter(Boolean).join("-");

/** The types worth a section of their own: the schemas of answers. @param {Spec} spec */
export const namedTypes = (spec) =>
  Object.entries(spec.components.schemas).filter(([name]) => !name.startsWith("Body_"));

/** @param {Schema|undefined} schema */
export const refName = (schema) => schema?.$ref?.slice(REF.length) ?? null;

/** @param {Spec} spec @param {Schema} schema */
export const resolve = (spec, schema) => spec.components.schemas[refName(schema) ?? ""] ?? schema;

/** @typedef {{kind: string, schema: Schema}} Body its media type and schema */

/** @param {Operation} operation @returns {Body|null} */
export function requestBody(operation) {
  const [kind, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  return kind && media ? { kind, schema: media.schema } : null;
}

/** @param {Operation} operation @returns {Answer[]} */
export function responsesOf(operation) {
  return Object.entries(operation.responses).map(([status, { description, content = {} }]) => {
    const schema = content["application/json"]?.schema;
    return { status, description, schema, streams: "text/event-stream" in content, fails: ERRORS.has(refName(schema) ?? "") };
  });
}

/** @param {Spec} spec @param {Schema} schema @returns {SchemaField[]} */
export function fieldsOf(spec, schema) {
  const { properties = {}, required = [] } = resolve(spec, schema);
  return Object.entries(properties).map(([name, field]) => ({ name, schema: field, required: required.includes(name) }));
}

/** The alternatives of a union, and the one alternative of anything else. @param {Schema} schema */
export const variants = (schema) => schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [schema];

const BOUNDS = /** @type {const} */ ([
  ["characters", "minLength", "maxLength"],
  ["items", "minItems", "maxItems"],
  ["value", "minimum", "maximum"],
  ["value", "exclusiveMinimum", "maximum"],
]);

/** @returns {Array<{of: "characters"|"items"|"value", range: string}>} `0…2`, `≥ 1`, `≤ 80` @param {Schema} schema */
export function limitsOf(schema) {
  return variants(schema).flatMap((variant) => BOUNDS.flatMap(([of, low, high]) => {
    const [from, to] = [variant[low], variant[high]];
    if (from === undefined && (to === undefined || low === "exclusiveMinimum")) return [];
    if (of === "value" && low === "minimum" && from === undefined && variant.exclusiveMinimum !== undefined) return [];
    const sign = low === "exclusiveMinimum" ? ">" : "≥";
    if (to === undefined) return [{ of, range: `${sign} ${from}` }];
    return [{ of, range: from === undefined ? `≤ ${to}` : sign === ">" ? `> ${from}, ≤ ${to}` : `${from}…${to}` }];
  }));
}

/**
 * A command to try; places of the path are capitals, as braces mean something to curl.
 * @param {Spec} spec
 * @param {Operation} operation
 * @param {string} origin
 */
export function curlOf(spec, operation, origin) {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => name.toUpperCase());
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === "query" && parameter.required);
  const asked = query.map(({ name }) => `${name}=${name.toUpperCase()}`).join("&");
  const lines = [`curl${verbFlag(operation)} '${origin}${path}${asked && "?"}${asked}'`];
  if (operation.path.startsWith("/api/admin/") && !operation.path.endsWith("/session")) lines.push(`-H "Authorization: Bearer $OFFBOOK_KEY"`);
  return [...lines, ...bodyFlags(spec, requestBody(operation))].join(" \\\n  ");
}

/** @param {Operation} operation */
const verbFlag = ({ verb, requestBody: body }) => (verb === "get" || (verb === "post" && body) ? "" : ` -X ${verb.toUpperCase()}`);

/** @param {Spec} spec @param {Body|null} body */
function bodyFlags(spec, body) {
  if (!body) return [];
  const fields = fieldsOf(spec, body.schema);
  const wanted = fields.filter(({ required }) => required);
  if (body.kind !== "application/json") {
    return wanted.map(({ name, schema }) => `-F '${name}=${isFile(schema) ? "@script.txt" : name.toUpperCase()}'`);
  }
  const streams = fields.some(({ name }) => name === "stream");
  /** @type {Record<string, unknown>} */
  const sample = Object.fromEntries(wanted.map(({ name, schema }) => [name, sampleOf(spec, schema)]));
  if (streams) sample.stream = true;
  return [...(streams ? ["-N"] : []), "--json '" + JSON.stringify(sample) + "'"];
}

/** @param {Schema} schema */
export const isFile = (schema) => variants(schema).some((one) => one.format === "binary" || one.contentMediaType !== undefined);

/** @type {Map<string, unknown>} by type */
const SAMPLES = new Map(Object.entries({ integer: 1, number: 1, boolean: true, object: {} }));

/** @param {Spec} spec @param {Schema} schema @returns {unknown} */
function sampleOf(spec, schema) {
  const [first] = variants(resolve(spec, schema));
  if (first.enum) return first.enum[0];
  if (first.type === "array") return [sampleOf(spec, first.items ?? {})];
  return SAMPLES.get(first.type ?? "") ?? "…";
}
