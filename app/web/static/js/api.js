/** The one way to the server: JSON in, JSON out, every failure an ApiError. */

/** @import { MessageOut, PageOf, RejectionOut } from "./types.js" */

/**
 * @typedef {object} ErrorDetail the facts of a refusal beside its sentence; each code has its own fields
 * @property {Array<{where: string, problem: string}>} [problems]
 * @property {string[]} [columns] the header of a table whose columns were not recognised
 * @property {RejectionOut[]} [rejected]
 * @property {number} [rejected_total]
 * @property {string} [suggestion] an encoding
 * @property {number} [number] which of the characters it is about, from 1
 * @property {MessageOut} [reply] as far as it was stored
 *
 * @typedef {{error?: {code?: string, message?: string, detail?: ErrorDetail|null}}|null} ErrorBody
 */

export class ApiError extends Error {
  /** @param {{status: number, code: string, message: string, detail?: ErrorDetail|null, retryAfter?: number|null}} fields */
  constructor({ status, code, message, detail = null, retryAfter = null }) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** Whether a request was given up, rather than refused. @param {unknown} error */
export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";

/** @param {unknown} error */
export const codeOf = (error) => (error instanceof ApiError ? error.code : null);

/**
 * Fires `change` when the server stops or starts answering, `doubt` when its model failed, and
 * `stranger` when it no longer knows who asks.
 */
export const connection = Object.assign(new EventTarget(), { online: true });

/** @param {boolean} online */
export function setOnline(online) {
  if (connection.online === online) return;
  connection.online = online;
  connection.dispatchEvent(new Event("change"));
}

/**
 * The error in an answer's body, or one made of its status.
 * @param {number} status
 * @param {ErrorBody} body
 * @param {string|null} [retryAfter] seconds
 */
export function errorFrom(status, body, retryAfter = null) {
  const error = body?.error;
  if (error?.code?.startsWith("engine_")) connection.dispatchEvent(new Event("doubt"));
  if (error?.code === "sign_in_needed" || error?.code === "account_needed") connection.dispatchEvent(new Event("stranger"));
  return new ApiError({
    status,
    code: error?.code ?? `http_${status}`,
    message: error?.message ?? `HTTP ${status}`,
    detail: error?.detail ?? null,
    retryAfter: retryAfter === null ? null : Number(retryAfter),
  });
}

/** What a proxy says when it does not reach the server. */
const PROXY_ALONE = "service_away";

/**
 * The error of an answer that is no success. Where only a proxy gave it, the server is not there.
 * @param {number} status
 * @param {ErrorBody} body
 * @param {string|null} retryAfter seconds
 */
function refusal(status, body, retryAfter) {
  if (status >= 502 && status <= 504 && !body?.error) return unreachable();
  setOnline(body?.error?.code !== PROXY_ALONE);
  return errorFrom(status, body, retryAfter);
}

/** Notes that the server does not answer; returns the error that says so. */
export function unreachable() {
  setOnline(false);
  return new ApiError({ status: 0, code: "offline", message: "The server cannot be reached." });
}

/** @typedef {{method?: string, json?: object, signal?: AbortSignal, accept?: string, headers?: Record<string, string>}} RequestOptions */

/**
 * Sends a request and returns the response when it is a success.
 * @param {string} path
 * @param {RequestOptions} [options]
 */
export async function open(path, { method = "GET", json, signal, accept = "application/json", headers: more = {} } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: accept, ...more };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: json === undefined ? undefined : JSON.stringify(json),
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
  if (!response.ok) {
    const body = await response.json().catch(() => null);
    throw refusal(response.status, body, response.headers.get("Retry-After"));
  }
  setOnline(true);
  return response;
}

/**
 * Sends a request; its answer has the type that the caller declares for it, by `types.js`.
 * @template T
 * @param {string} path
 * @param {RequestOptions} options
 * @returns {Promise<T>}
 */
async function call(path, options) {
  const response = await open(path, options);
  if (response.status === 204) return /** @type {T} */ (undefined);
  try {
    return await response.json();
  } catch (error) {
    // The connection may break in the middle of an answer as well.
    if (options.signal?.aborted || error instanceof SyntaxError) throw error;
    throw unreachable();
  }
}

/** @template T @param {string} path @param {AbortSignal} [signal] @returns {Promise<T>} */
export const get = (path, signal) => call(path, { signal });

/** @template T @param {string} path @param {object} [json] @param {AbortSignal} [signal] @returns {Promise<T>} */
export const post = (path, json, signal) => call(path, { method: "POST", json, signal });

/** @template T @param {string} path @param {object} json @returns {Promise<T>} */
export const patch = (path, json) => call(path, { method: "PATCH", json });

/** @template T @param {string} path @param {object} [json] @returns {Promise<T>} */
export const put = (path, json) => call(path, { method: "PUT", json });

/** @template T @param {string} path @returns {Promise<T>} */
export const remove = (path) => call(path, { method: "DELETE" });

/**
 * A path with its query; empty values are left out.
 * @param {string} path
 * @param {Record<string, string|number|boolean|null|undefined>} params
 */
export function withQuery(path, params) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** Every item of a paged list. @template T @param {string} path @param {AbortSignal} [signal] @returns {Promise<T[]>} */
export async function getAll(path, signal) {
  /** @type {T[]} */
  const items = [];
  /** @type {string|null} */
  let cursor = null;
  do {
    /** @type {PageOf<T>} */
    const page = await get(withQuery(path, { cursor, limit: 100 }), signal);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}

/**
 * Posts a form with files. XMLHttpRequest, because fetch cannot report how much has been sent.
 * @template T
 * @param {string} path
 * @param {FormData} form
 * @param {{onProgress?: (share: number) => void, signal?: AbortSignal, method?: string}} options
 * @returns {Promise<T>}
 */
export function upload(path, form, { onProgress = () => {}, signal, method = "POST" }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status >= 300) {
        reject(refusal(request.status, request.response, request.getResponseHeader("Retry-After")));
        return;
      }
      setOnline(true);
      resolve(request.response);
    });
    request.addEventListener("error", () => reject(unreachable()));
    request.addEventListener("abort", () => reject(signal?.reason));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}
