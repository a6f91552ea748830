/**
 * Builds elements. Text only ever becomes text nodes, so nothing a script, a person or a model
 * wrote can turn into markup.
 */

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "hidden", "open", "files"]);

/**
 * @param {string} tag
 * @param {object} [props] attributes; `class`, `on` (listeners), `data`, `vars` (CSS custom
 *   properties) and DOM properties such as `value` get their own treatment; null is left out
 * @param {...(Node|string|number|null|false|Array)} children
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(node, name, value);
  node.append(...flatten(children));
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined) return;
  if (name === "class") node.className = value;
  else if (name === "on") Object.entries(value).forEach(([type, fn]) => node.addEventListener(type, fn));
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "vars") Object.entries(value).forEach(([key, v]) => node.style.setProperty(key, v));
  else if (PROPERTIES.has(name)) node[name] = value;
  else if (value === true) node.setAttribute(name, "");
  else if (value !== false) node.setAttribute(name, String(value));
}

function flatten(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** Replaces everything inside `node`. */
export function fill(node, ...children) {
  node.replaceChildren(...flatten(children));
  return node;
}

let serial = 0;

/** An id for wiring labels and descriptions, unique on this page. */
export function uniqueId(prefix) {
  serial += 1;
  return `${prefix}-${serial}`;
}

/**
 * Makes `list` show `items` in order and keeps the nodes of items that did not change, so that
 * focus, hover and scroll survive an update.
 * @param {Element} list
 * @param {Array<{key: string, signature: string, render: () => Element}>} items
 */
export function reconcile(list, items) {
  const known = new Map([...list.children].map((node) => [node.dataset.key, node]));
  let previous = null;
  for (const { key, signature, render } of items) {
    let node = known.get(key);
    known.delete(key);
    if (!node || node.dataset.signature !== signature) {
      const fresh = render();
      fresh.dataset.key = key;
      fresh.dataset.signature = signature;
      if (node) node.replaceWith(fresh);
      node = fresh;
    }
    const place = previous ? previous.nextSibling : list.firstChild;
    if (place !== node) list.insertBefore(node, place);
    previous = node;
  }
  known.forEach((node) => node.remove());
}
