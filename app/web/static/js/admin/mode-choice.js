/** How a character's examples are chosen: one of three modes, or as the installation does. */

import { patch } from "../api.js";
import { controlOf, focusOn, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { t } from "../i18n.js";
import { indexingProgress } from "../progress.js";
import { toast } from "../toast.js";

/** @import { CharacterOut, Mode } from "../types.js" */

const MODES = /** @type {const} */ (["selector", "fused", "reference"]);

/**
 * @param {{character: CharacterOut, installation: Mode, path: string, changed: (fresh: CharacterOut) => void}} options
 *   installation: the mode of characters without one of their own
 */
export function modeChoice({ character, installation, path, changed }) {
  const chosen = character.retrieval ?? "default";
  /** @param {Event} event */
  const choose = async (event) => {
    try {
      const { value } = controlOf(event);
      /** @type {CharacterOut} */
      const fresh = await patch(path, { retrieval: value });
      changed(fresh);
      focusOn(document.querySelector(`input[name=retrieval][value=${value}]`));
      toast(t("mode.saved", { name: character.name }));
    } catch (error) {
      changed(character);
      toast(explain(error));
    }
  };
  /** @param {Mode|"default"} value @param {string} text */
  const option = (value, text) => {
    const hint = uniqueId("mode");
    return h("label", { class: "mode" },
      h("input", { type: "radio", name: "retrieval", value, checked: value === chosen, "aria-describedby": hint }),
      h("span", { class: "mode-words" }, h("span", { class: "mode-name" }, t(`mode.${value}`)), h("span", { class: "field-hint", id: hint }, text)));
  };
  return h("section", {},
    h("fieldset", { class: "modes", on: { change: choose } },
      h("legend", { class: "eyebrow" }, t("mode.heading")),
      option("default", t("mode.default_text", { mode: t(`mode.${installation}`) })),
      MODES.map((mode) => option(mode, t(`mode.${mode}_text`)))),
    inForce(character, installation));
}

/** @param {CharacterOut} character @param {Mode} installation */
function inForce(character, installation) {
  const wanted = character.retrieval ?? installation;
  const mode = character.selection_ready ? wanted : "reference";
  const waits = wanted !== mode;
  return h("div", { role: "status", class: "mode-in-force" },
    h("p", {}, t("mode.in_force", { mode: t(`mode.${mode}`) }), waits && ` ${t(character.progress ? "mode.preparing" : "mode.unprepared")}`),
    waits && character.progress && indexingProgress(character.progress));
}
