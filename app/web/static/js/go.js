/** @typedef {{path: string, replace?: boolean}} Destination */

/** Asks the page to show another address. @param {string} path @param {{replace?: boolean}} [options] */
export function go(path, options = {}) {
  dispatchEvent(new CustomEvent("offbook:go", { detail: { path, ...options } }));
}
