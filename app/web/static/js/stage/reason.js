/** Why a character spoke, as the director chose it. */

import { h } from "../dom.js";
import { languageOf, percent } from "../format.js";
import { has, t } from "../i18n.js";

/** @import { MessageOut } from "../types.js" */
/** @import { StageStore } from "./stage-store.js" */

/** “Ambrose was asked”, and the chances that everyone had. @param {MessageOut} message @param {StageStore} store */
export function reasonOf({ stage }, store) {
  const { speaker, reason } = stage ?? {};
  if (!speaker || !reason?.why) return null; // a line of the script, said as it stands, has no reason
  const key = `stage.why.${reason.by === "user" ? "chosen" : reason.why}`;
  const chances = Object.entries(/** @type {Record<string, number>} */ (reason.probabilities ?? {})).sort(([, one], [, other]) => other - one);
  return h("div", { class: "why" },
    h("p", {}, h("span", { class: "why-name", lang: languageOf(speaker.name) }, speaker.name), " ", has(key) ? t(key) : String(reason.why)),
    chances.length > 1 && h("ul", { class: "why-chances", "aria-label": t("stage.why_chances") }, chances.map(([id, share]) => {
      const name = store.member(id)?.name ?? "";
      return h("li", { class: id === speaker.id ? "is-chosen" : null, vars: { "--share": share } },
        h("span", { class: "why-who", lang: languageOf(name) }, name), h("span", { class: "why-bar", "aria-hidden": "true" }), h("span", { class: "why-share" }, percent(share)));
    })));
}
