/** Which speakers are lit: those chosen stay so, and those that mouse and keyboard are at as long as they are. */

/** @typedef {(pointed: Set<string>, chosen: Set<string>) => void} OnLight */

export class Lights {
  constructor() {
    /** @type {{mouse: string|null, focus: string|null}} */
    this.at = { mouse: null, focus: null };
    /** @type {Set<string>} */
    this.chosen = new Set();
    /** @type {Map<string, OnLight>} */
    this.watchers = new Map();
  }

  /** One watcher of a kind; a later one takes its place. @param {string} kind @param {OnLight} onLight */
  watch(kind, onLight) {
    this.watchers.set(kind, onLight);
    onLight(this.pointed, this.chosen);
  }

  /** What mouse and keyboard are at. */
  get pointed() {
    return new Set(Object.values(this.at).filter((name) => name !== null));
  }

  /** @param {"mouse"|"focus"} by @param {string|null} name */
  point(by, name) {
    if (name === this.at[by]) return;
    this.at[by] = name;
    this.tell();
  }

  /** @param {Iterable<string>} names */
  choose(names) {
    this.chosen = new Set(names);
    this.tell();
  }

  tell() {
    for (const onLight of this.watchers.values()) onLight(this.pointed, this.chosen);
  }

  /**
   * Lights the speaker of whatever the mouse or the keyboard is at within `node`.
   * @param {HTMLElement} node
   * @param {string} selector of the elements that carry `data-speaker`
   */
  follow(node, selector) {
    /** @param {Event} event */
    const speaker = (event) => {
      const found = event.target instanceof Element ? event.target.closest(selector) : null;
      return found instanceof HTMLElement ? found.dataset.speaker ?? null : null;
    };
    node.addEventListener("pointerover", (event) => this.point("mouse", speaker(event)));
    node.addEventListener("pointerleave", () => this.point("mouse", null));
    node.addEventListener("focusin", (event) => this.point("focus", speaker(event)));
    node.addEventListener("focusout", () => this.point("focus", null));
  }
}
