/** The curtain: it rises over a scene that begins, and falls where a person ends it. */

import { h, uniqueId } from "../dom.js";
import { languageOf } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { hued } from "../monogram.js";
import { passing } from "../storage.js";
import { userRoleText } from "./you.js";

/** @import { StageStore } from "./stage-store.js" */

const KEY = "curtain";
/** @type {Array<[string, import("../i18n.js").SentenceKey]>} */
const FORMATS = [["fountain", "export.fountain"], ["text", "menu.save_text"], ["sillytavern", "menu.save_sillytavern"]];

/** Lets the curtain rise over the scene, once its page is shown. @param {string} id the conversation's */
export const curtainWaits = (id) => passing.set(KEY, id);

/** Raises the curtain over a scene that was just opened. @param {HTMLElement} stage @param {string} id */
export function raiseCurtain(stage, id) {
  if (passing.get(KEY) !== id) return;
  passing.set(KEY, null);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const curtain = h("div", { class: "curtain is-rising", "aria-hidden": "true" }, halves());
  // The valance is up before the halves are apart.
  curtain.addEventListener("animationend", ({ animationName }) => animationName === "part-right" && curtain.remove());
  stage.append(curtain);
}

const halves = () => [h("div", { class: "curtain-half is-left" }), h("div", { class: "curtain-half is-right" }), h("div", { class: "curtain-valance" })];

/**
 * Lets the curtain fall; it rises again when it is closed.
 * @param {StageStore} store
 * @param {{encore: () => void}} acts encore: another scene with the same cast
 */
export function dropCurtain(store, { encore }) {
  const { state, path } = store;
  const heading = uniqueId("curtain");
  const lines = state.messages.filter(({ role, stage }) => role !== "direction" && stage?.kind === "line").length;
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { class: "curtain is-falling", "aria-labelledby": heading }, halves(),
    h("div", { class: "playbill" },
      h("p", { class: "playbill-end" }, "Offbook"),
      h("h2", { id: heading }, t("curtain.end")),
      h("p", { class: "playbill-with" }, t("curtain.with")),
      h("ul", { class: "playbill-cast" }, state.participants.map(({ name }) => h("li", { lang: languageOf(name), ...hued(name) }, name))),
      h("p", { class: "playbill-facts" }, `${t("curtain.lines", { n: lines })} · ${userRoleText(state)}`),
      h("p", { class: "playbill-facts" }, t("curtain.text")),
      h("div", { class: "playbill-acts" },
        h("button", { class: "button button-primary", type: "button", on: { click: () => dialog.close() } }, t("curtain.again")),
        h("button", { class: "button", type: "button", on: { click: () => {
          dialog.close();
          encore();
        } } }, icon("again"), t("curtain.encore"))),
      h("ul", { class: "playbill-keep", "aria-label": t("curtain.save") }, FORMATS.map(([format, key]) => h("li", {},
        h("a", { href: `${path}/export?format=${format}`, download: true }, t(key)))))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
