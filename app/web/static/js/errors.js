/** An error as a sentence in the page's language, or else the server's own. */

import { ApiError } from "./api.js";
import { has, t } from "./i18n.js";
import { bytes, moment } from "./format.js";

/** @param {unknown} error */
export function explain(error) {
  if (!(error instanceof ApiError)) {
    console.error(error);
    return t("error.unexpected");
  }
  const key = `error.${error.code}`;
  if (!has(key)) return error.message;
  return t(key, { ...readable(error.detail), message: error.message });
}

/** @param {ApiError["detail"]} detail */
function readable(detail) {
  /** @type {Record<string, unknown>} */
  const params = {};
  for (const [name, value] of Object.entries(detail ?? {})) {
    if (typeof value === "number" && name.endsWith("bytes")) params[name] = bytes(value);
    else if (typeof value === "string" && name.endsWith("_at")) params[name] = moment(value);
    else params[name] = value;
  }
  return params;
}

/**
 * The fields of a form that a refused request names, each with its complaint: `{name: "String should …"}`.
 * @param {unknown} error
 * @param {HTMLFormElement} form
 */
export function fieldErrors(error, form) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const { where, problem } of (error instanceof ApiError && error.detail?.problems) || []) {
    const field = where.split(".").find((part) => form.elements.namedItem(part));
    if (field !== undefined) found[field] = problem;
  }
  return found;
}
