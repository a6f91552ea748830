/** How a person rehearses: what of their lines is shown, and whether the others are heard. */

import { fill, h, uniqueId } from "../dom.js";
import { t } from "../i18n.js";
import { lasting } from "../storage.js";

/** @import { Voices } from "./voices.js" */

/** @typedef {"hidden"|"initials"|"text"} Shown */

export const SHOWN = /** @type {const} */ (["hidden", "initials", "text"]);

/** @returns {Shown} */
export const shownNow = () => SHOWN.find((each) => each === lasting.get("learn.shown")) ?? "hidden";
export const voicesOn = () => lasting.get("learn.voices") === "on";

/**
 * The choices, for the desk and for during a run.
 * @param {{voices: Voices, lang: string, changed?: () => void, mayListen: boolean}} options
 */
export function choices({ voices, lang, changed = () => {}, mayListen }) {
  const name = uniqueId("shown");
  const aloud = h("div", {});
  const draw = () => fill(aloud, voices.speaks(lang)
    ? h("label", { class: "check" },
      h("input", { type: "checkbox", checked: voicesOn(), on: { change: (event) => {
        lasting.set("learn.voices", /** @type {HTMLInputElement} */ (event.target).checked ? "on" : null);
        changed();
      } } }),
      h("span", {}, t("learn.voices")))
    : h("p", { class: "field-hint" }, t("learn.voices_none")));
  voices.addEventListener("change", draw);
  draw();
  return h("div", { class: "learn-choices" },
    h("fieldset", { class: "learn-shown" },
      h("legend", { class: "field-label" }, t("learn.shown")),
      h("div", { class: "learn-segments" }, SHOWN.map((each) => h("label", { class: "learn-segment" },
        h("input", { type: "radio", name, value: each, checked: each === shownNow(), on: { change: () => {
          lasting.set("learn.shown", each);
          changed();
        } } }),
        h("span", {}, t(`learn.shown_${each}`))))),
      h("p", { class: "field-hint" }, t("learn.shown_hint"))),
    aloud,
    mayListen && h("p", { class: "field-hint" }, t("learn.ear_note")));
}
