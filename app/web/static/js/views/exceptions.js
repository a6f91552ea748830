/** Views in place of one that does not exist or could not be built. */

import { codeOf } from "../api.js";
import { explain } from "../errors.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";

/** @import { View } from "../router.js" */

/** @returns {View} */
export function missing() {
  return {
    title: t("missing.title"),
    node: h("div", { class: "view blank" },
      h("p", { class: "eyebrow" }, "404"),
      h("h1", {}, t("missing.heading")),
      h("p", {}, t("missing.text")),
      h("a", { class: "button button-primary", href: "/" }, t("missing.home"))),
  };
}

/** @param {unknown} error @param {() => unknown} retry @returns {View} */
export function failure(error, retry) {
  const again = codeOf(error) === "part_missing" ? () => location.reload() : retry;
  return {
    title: t("failure.title"),
    node: h("div", { class: "view blank", role: "alert" },
      h("h1", {}, t("failure.heading")),
      h("p", {}, explain(error)),
      h("button", { class: "button button-primary", type: "button", on: { click: again } }, t("retry"))),
  };
}
