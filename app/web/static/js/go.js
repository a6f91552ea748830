/** Asks the page to show another address. */
export function go(path, options = {}) {
  dispatchEvent(new CustomEvent("offbook:go", { detail: { path, ...options } }));
}
