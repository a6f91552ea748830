/** The visitor's favourites, as the server has them, and the heart that changes one. */

import { get, put, remove } from "../api.js";
import { h } from "../dom.js";
import { explain } from "../errors.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";

/** @import { CharacterOut, Favourites } from "../types.js" */

/** Fires `change` after a favourite was added or removed. */
export class FavouriteList extends EventTarget {
  /** @param {string[]} slugs */
  constructor(slugs) {
    super();
    this.slugs = new Set(slugs);
  }

  /** @param {AbortSignal} signal */
  static async load(signal) {
    /** @type {Favourites} */
    const { items } = await get("/api/favourites", signal);
    return new FavouriteList(items);
  }

  /** @param {CharacterOut} character */
  heart({ slug, name }) {
    const button = h("button", { class: "icon-button heart", type: "button", on: { click: () => this.toggle(slug, draw) } }, icon("heart"));
    const draw = () => {
      const isOne = this.slugs.has(slug);
      button.setAttribute("aria-pressed", String(isOne));
      button.setAttribute("aria-label", t("favourites.named", { name }));
      button.title = t(isOne ? "favourites.remove" : "favourites.add");
    };
    draw();
    return button;
  }

  /** Shows the change at once, and takes it back where the server refuses it. @param {string} slug @param {() => void} draw */
  async toggle(slug, draw) {
    const wasOne = this.slugs.has(slug);
    this.set(slug, !wasOne);
    draw();
    const path = `/api/characters/${encodeURIComponent(slug)}/favourite`;
    try {
      await (wasOne ? remove(path) : put(path));
      this.dispatchEvent(new Event("change"));
    } catch (error) {
      this.set(slug, wasOne);
      draw();
      toast(explain(error));
    }
  }

  /** @param {string} slug @param {boolean} isOne */
  set(slug, isOne) {
    if (isOne) this.slugs.add(slug);
    else this.slugs.delete(slug);
  }
}
