/** A scene behind the bookmark: a closed curtain, which opens for this scene alone. */

import { get } from "../api.js";
import { fill, focusOn, h } from "../dom.js";
import { explain } from "../errors.js";
import { number } from "../format.js";
import { t } from "../i18n.js";

/** @import { Child } from "../dom.js" */
/** @import { SceneOut } from "../types.js" */

/**
 * @param {string} path of the script
 * @param {SceneOut} closed
 * @param {(scene: SceneOut) => Child} render draws a scene once it is open
 */
export function curtain(path, closed, render) {
  const scene = number(closed.number);
  const node = h("li", { class: "scene-curtain", tabindex: -1 });
  const open = async () => {
    try {
      /** @type {SceneOut} */
      const found = await get(`${path}/scenes/${closed.number}?open=true`);
      node.classList.add("is-open");
      fill(node, h("p", { class: "eyebrow" }, t("bookmark.opened", { scene })), render(found));
      focusOn(node);
    } catch (error) {
      node.append(h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  fill(node,
    h("h2", { class: "scene-heading" }, t("script.scene", { n: closed.number })),
    h("p", { class: "field-hint" }, t("bookmark.closed")),
    h("button", { class: "button button-plain", type: "button", on: { click: open } }, t("bookmark.open", { scene })));
  return node;
}
