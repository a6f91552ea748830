/** Reads an OpenAPI description; knows nothing of the page. */

const VERBS = ["get", "post", "put", "patch", "delete"];
const REF = "#/components/schemas/";

/** The bodies of errors: the page shows them once. */
const ERRORS = new Set(["ErrorBody", "OpenAIErrorBody"]);

/** @returns {Map<string, Array<object>>} operations by tag, in the order of the description */
export function operationsByTag(spec) {
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

const anchor = (verb, path) => [verb, ...path.split(/[^a-z0-9_]+/i)].filter(Boolean).join("-");

/** The types worth a section of their own: what answers are made of. */
export const namedTypes = (spec) =>
  Object.entries(spec.components?.schemas ?? {}).filter(([name]) => !name.startsWith("Body_"));

export const refName = (schema) => schema?.$ref?.slice(REF.length) ?? null;

export const resolve = (spec, schema) => spec.components.schemas[refName(schema)] ?? schema;

/** @returns {{kind: string, schema: object}|null} the body's content type and schema */
export function requestBody(operation) {
  const [kind, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  return kind ? { kind, schema: media.schema } : null;
}

/**
 * @returns {Array<{status: string, description: string, schema?: object, streams: boolean, fails: boolean}>}
 *   fails: it is an error; streams: may also answer with events
 */
export function responsesOf(operation) {
  return Object.entries(operation.responses).map(([status, { description, content = {} }]) => {
    const schema = content["application/json"]?.schema;
    return { status, description, schema, streams: "text/event-stream" in content, fails: ERRORS.has(refName(schema)) };
  });
}

/** @returns {Array<{name: string, schema: object, required: boolean}>} */
export function fieldsOf(spec, schema) {
  const { properties = {}, required = [] } = resolve(spec, schema);
  return Object.entries(properties).map(([name, field]) => ({ name, schema: field, required: required.includes(name) }));
}

/** The alternatives of a union, and the one alternative of anything else. */
export const variants = (schema) => schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [schema];

const BOUNDS = [
  ["characters", "minLength", "maxLength"],
  ["items", "minItems", "maxItems"],
  ["value", "minimum", "maximum"],
  ["value", "exclusiveMinimum", "maximum"],
];

/** @returns {Array<{of: "characters"|"items"|"value", range: string}>} `0…2`, `≥ 1`, `≤ 80` */
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

/** A command to try; places of the path are capitals, as braces mean something to curl. */
export function curlOf(spec, operation, origin) {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => name.toUpperCase());
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === "query" && parameter.required);
  const asked = query.map(({ name }) => `${name}=${name.toUpperCase()}`).join("&");
  const lines = [`curl${verbFlag(operation)} '${origin}${path}${asked && "?"}${asked}'`];
  if (operation.path.startsWith("/api/admin/") && !operation.path.endsWith("/session")) lines.push(`-H "Authorization: Bearer $OFFBOOK_KEY"`);
  return [...lines, ...bodyFlags(spec, requestBody(operation))].join(" \\\n  ");
}

const verbFlag = ({ verb, requestBody: body }) => (verb === "get" || (verb === "post" && body) ? "" : ` -X ${verb.toUpperCase()}`);

function bodyFlags(spec, body) {
  if (!body) return [];
  const fields = fieldsOf(spec, body.schema);
  const wanted = fields.filter(({ required }) => required);
  if (body.kind !== "application/json") {
    return wanted.map(({ name, schema }) => `-F '${name}=${isFile(schema) ? "@script.txt" : name.toUpperCase()}'`);
  }
  const streams = fields.some(({ name }) => name === "stream");
  const sample = Object.fromEntries(wanted.map(({ name, schema }) => [name, sampleOf(spec, schema)]));
  if (streams) sample.stream = true;
  return [streams && "-N", "--json '" + JSON.stringify(sample) + "'"].filter(Boolean);
}

export const isFile = (schema) => variants(schema).some((one) => one.format === "binary" || one.contentMediaType !== undefined);

function sampleOf(spec, schema) {
  const [first] = variants(resolve(spec, schema));
  if (first.enum) return first.enum[0];
  if (first.type === "array") return [sampleOf(spec, first.items)];
  return { integer: 1, number: 1, boolean: true, object: {} }[first.type] ?? "…";
}
