/**
 * Builds elements. Text only ever becomes text nodes, so nothing a script, a person or a model
 * wrote can turn into markup.
 */

/**
 * Listeners by event; `controlOf` and `formOf` give an event's target its type.
 * @typedef {{[K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => unknown}} Listeners
 *
 * Attributes; `class`, `on` (listeners), `data`, `vars` (CSS custom properties) and DOM properties
 * such as `value` get their own treatment; null is left out.
 * @typedef {{class?: string|null, on?: Listeners, data?: Record<string, string>,
 *   vars?: Record<string, string|number>, [attribute: string]: unknown}} Props
 *
 * @typedef {Node|string|number|boolean|null|undefined|Children} Child true is not shown either
 * @typedef {ReadonlyArray<Child>} Children
 */

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "hidden", "open", "files"]);

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  const { class: className, on = {}, data = {}, vars = {}, ...rest } = props;
  if (className !== null && className !== undefined) node.className = className;
  for (const [name, value] of Object.entries(rest)) setProp(node, name, value);
  for (const [type, listener] of Object.entries(on)) node.addEventListener(type, /** @type {EventListener} */ (listener));
  Object.assign(node.dataset, data);
  for (const [name, value] of Object.entries(vars)) node.style.setProperty(name, String(value));
  node.append(...flatten(children));
  return node;
}

/** @param {HTMLElement} node @param {string} name @param {unknown} value */
function setProp(node, name, value) {
  if (value === null || value === undefined) return;
  if (PROPERTIES.has(name)) Object.assign(node, { [name]: value });
  else if (value === true) node.setAttribute(name, "");
  else if (value !== false) node.setAttribute(name, String(value));
}

/** @param {Children} children @returns {Array<Node|string>} */
function flatten(children) {
  return children.flatMap((child) => {
    if (child instanceof Node) return [child];
    if (Array.isArray(child)) return flatten(child);
    return child === null || child === undefined || typeof child === "boolean" ? [] : [String(child)];
  });
}

/**
 * Replaces everything inside `node`.
 * @template {Element} E
 * @param {E} node
 * @param {...Child} children
 */
export function fill(node, ...children) {
  node.replaceChildren(...flatten(children));
  return node;
}

/** An id for wiring labels and descriptions, unique on this page. @param {string} prefix */
export const uniqueId = (prefix) => `${prefix}-${Math.random().toString(36).slice(2)}`;

/**
 * The element of this kind that the page itself put into `root`.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {ParentNode} root
 * @param {K} tag
 * @returns {HTMLElementTagNameMap[K]}
 */
export function within(root, tag) {
  const found = root.querySelector(tag);
  if (!found) throw new Error(`No <${tag}> here`);
  return found;
}

/** The element that a page's HTML has under this id. @param {string} id */
export function elementById(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`No element #${id} here`);
  return found;
}

/** @param {Element|null|undefined} element @param {FocusOptions} [options] */
export function focusOn(element, options) {
  if (element instanceof HTMLElement) element.focus(options);
}

/** The form control an event came from. @param {Event} event */
export const controlOf = (event) => /** @type {HTMLInputElement} */ (event.target);

/** The form that was submitted. @param {SubmitEvent} event */
export const formOf = (event) => /** @type {HTMLFormElement} */ (event.target);

/** A form's field as trimmed text; "" when it is missing. @param {HTMLFormElement} form @param {string} name */
export const textIn = (form, name) => String(new FormData(form).get(name) ?? "").trim();

/** @typedef {{key: string, signature: string, render: () => HTMLElement}} Item */

/**
 * Makes `list` show `items` in order and keeps the nodes of items that did not change, so that
 * focus, hover and scroll survive an update.
 * @param {HTMLElement} list
 * @param {Item[]} items
 */
export function reconcile(list, items) {
  const known = new Map([...list.children].map((node) => [node.getAttribute("data-key"), node]));
  /** @type {Element|null} */
  let previous = null;
  for (const { key, signature, render } of items) {
    let node = known.get(key);
    known.delete(key);
    if (!node || node.getAttribute("data-signature") !== signature) {
      const fresh = render();
      fresh.dataset.key = key;
      fresh.dataset.signature = signature;
      if (node) node.replaceWith(fresh);
      node = fresh;
    }
    /** @type {ChildNode|null} */
    const place = previous ? previous.nextSibling : list.firstChild;
    if (place !== node) list.insertBefore(node, place);
    previous = node;
  }
  known.forEach((node) => node.remove());
}
