/** Addresses to views, with the History API. */

/**
 * @typedef {object} View
 * @property {string} title
 * @property {Node} node
 * @property {() => void} [shown] called once the node is in the page
 */

export class Router {
  /**
   * @param {Array<[RegExp, (params: object, signal: AbortSignal) => Promise<View>]>} routes
   *   patterns with named groups, tried in order
   * @param {{show: (view: View, arrival: object) => void, waiting: () => void,
   *   missing: () => View, failed: (error: unknown, retry: () => void) => View}} host
   */
  constructor(routes, host) {
    this.routes = routes;
    this.host = host;
    this.leaving = new AbortController();
    this.hasFailed = false;
  }

  start() {
    history.scrollRestoration = "manual";
    addEventListener("popstate", (event) => this.render({ scroll: event.state?.scroll ?? 0, focus: true }));
    document.addEventListener("click", (event) => this.follow(event));
    return this.render({ scroll: 0, focus: false });
  }

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

  /** Tries again where a view could not be built; leaves every other view alone. */
  recover() {
    if (this.hasFailed) this.refresh();
  }

  follow(event) {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || link.target || link.origin !== location.origin || link.hash) return;
    if (!this.match(link.pathname)) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }

  match(path) {
    for (const [pattern, open] of this.routes) {
      const found = pattern.exec(path);
      if (found) return { open, params: found.groups ?? {} };
    }
    return null;
  }

  async render(arrival) {
    this.leaving.abort(new DOMException("The view was left.", "AbortError"));
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.hasFailed = false;
    this.host.waiting();
    const view = await this.build(signal);
    if (!signal.aborted) this.host.show(view, arrival);
  }

  async build(signal) {
    try {
      const found = this.match(location.pathname);
      if (!found) return this.host.missing();
      return await found.open(decoded(found.params), signal);
    } catch (error) {
      if (error?.status === 404) return this.host.missing();
      if (signal.aborted) return null;
      this.hasFailed = true;
      return this.host.failed(error, () => this.refresh());
    }
  }
}

function decoded(params) {
  return Object.fromEntries(Object.entries(params).map(([k, v]) => [k, decodeURIComponent(v)]));
}
