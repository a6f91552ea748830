/** How large the pages' text is: a choice that all pages keep. `boot.js` applies it before the first paint. */

import { fill, h } from "./dom.js";
import { t } from "./i18n.js";
import { lasting } from "./storage.js";

/** @typedef {"small"|"normal"|"large"} TextSize */

/** @type {TextSize[]} */
const SIZES = ["small", "normal", "large"];
const SIGNS = { small: "A−", normal: "A", large: "A+" };

export const textSize = () => SIZES.find((size) => size === document.documentElement.dataset.textSize) ?? "normal";

/** @param {TextSize} size */
export function setTextSize(size) {
  if (size === "normal") delete document.documentElement.dataset.textSize;
  else document.documentElement.dataset.textSize = size;
  lasting.set("text-size", size === "normal" ? null : size);
}

/** Three buttons, one of them pressed. */
export function textSizeSwitch() {
  const group = h("div", { class: "text-sizes", role: "group", "aria-label": t("text_size.label") });
  const draw = () => fill(group, SIZES.map((size) => h("button", {
    type: "button", "aria-pressed": String(size === textSize()), "aria-label": `${t(`text_size.${size}`)} ${SIGNS[size]}`, title: t(`text_size.${size}`),
    on: { click: () => {
      setTextSize(size);
      draw();
      group.querySelectorAll("button")[SIZES.indexOf(size)].focus();
    } },
  }, SIGNS[size])));
  draw();
  return group;
}
