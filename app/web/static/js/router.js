/** Addresses to views, with the History API. */

import { ApiError } from "./api.js";

/**
 * @typedef {object} View
 * @property {string} title
 * @property {Node} node
 * @property {() => void} [shown] called once the node is in the page
 *
 * @typedef {Record<string, string>} Params of an address
 * @typedef {(params: Params, signal: AbortSignal) => Promise<View>|View} OpenView
 * @typedef {{scroll: number, focus: boolean}} Arrival
 */

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

export class Router {
  /**
   * @param {Array<[RegExp, OpenView]>} routes
   *   patterns with named groups, tried in order
   * @param {{show: (view: View, arrival: Arrival) => void, waiting: () => void,
   *   missing: () => View, failed: (error: unknown, retry: () => void) => View}} host
   */
  constructor(routes, host) {
    this.routes = routes;
    this.host = host;
    this.leaving = new AbortController();
    this.hasFailed = false;
    /** How often it was tried again since a view was last built. */
    this.recoveries = 0;
    /** @type {number|undefined} */
    this.recovery = undefined;
  }

  start() {
    history.scrollRestoration = "manual";
    addEventListener("popstate", (event) => this.render({ scroll: event.state?.scroll ?? 0, focus: true }));
    document.addEventListener("click", (event) => this.follow(event));
    return this.render({ scroll: 0, focus: false });
  }

  /** @param {string} path @param {{replace?: boolean}} [options] */
  go(path, { replace = false } = {}) {
    if (replace) {
      history.replaceState({ scroll: 0 }, "", path);
    } else {
      history.replaceState({ scroll: scrollY }, "");
      history.pushState({ scroll: 0 }, "", path);
    }
    return this.render({ scroll: 0, focus: true });
  }

  /** Builds the current address's view again, for instance in another language. */
  refresh() {
    return this.render({ scroll: scrollY, focus: false });
  }

  /**
   * Tries again where a view could not be built, at once and then ever later: the server may answer and
   * still not have what the view needs. Leaves every other view alone.
   */
  recover() {
    if (!this.hasFailed) return;
    clearTimeout(this.recovery);
    const wait = this.recoveries === 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.recoveries - 1));
    this.recoveries += 1;
    this.recovery = setTimeout(() => this.hasFailed && this.refresh(), wait);
  }

  /** @param {MouseEvent} event */
  follow(event) {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin || link.hash) return;
    if (!this.match(link.pathname)) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }

  /** @param {string} path */
  match(path) {
    for (const [pattern, open] of this.routes) {
      const found = pattern.exec(path);
      if (found) return { open, params: found.groups ?? {} };
    }
    return null;
  }

  /** @param {Arrival} arrival */
  async render(arrival) {
    this.leaving.abort(new DOMException("The view was left.", "AbortError"));
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.hasFailed = false;
    this.host.waiting();
    const view = await this.build(signal);
    if (view && !signal.aborted) this.host.show(view, arrival);
  }

  /** @param {AbortSignal} signal */
  async build(signal) {
    try {
      const found = this.match(location.pathname);
      if (!found) return this.host.missing();
      const view = await found.open(decoded(found.params), signal);
      this.recoveries = 0;
      return view;
    } catch (error) {
      if (leadsNowhere(error)) return this.host.missing();
      if (signal.aborted) return null;
      this.hasFailed = true;
      return this.host.failed(error, () => this.refresh());
    }
  }
}

/** Whether nothing is at the address: unknown, an id that is none, or an escape that stands for nothing. @param {unknown} error */
function leadsNowhere(error) {
  if (error instanceof URIError) return true;
  if (!(error instanceof ApiError)) return false;
  return error.status === 404 || Boolean(error.detail?.problems?.some(({ where }) => where.startsWith("path.")));
}

/** @param {Params} params */
function decoded(params) {
  return Object.fromEntries(Object.entries(params).map(([k, v]) => [k, decodeURIComponent(v)]));
}
