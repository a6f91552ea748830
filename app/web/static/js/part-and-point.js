/** Before a conversation begins: which speaker of the script a person plays, and when it takes place. */

import { controlOf, h, within } from "./dom.js";
import { choice, field } from "./field.js";
import { languageOf } from "./format.js";
import { t } from "./i18n.js";
import { pointSlider } from "./point-in-time.js";

/** @import { CharacterOut } from "./types.js" */

/**
 * @param {CharacterOut} character
 * @param {{onPart: (part: string) => void, signal: AbortSignal}} options
 *   onPart is called with the chosen speaker, "" for oneself
 * @returns {{node: Node|null, chosen: () => {as: string|null, until_scene: number|null}}}
 */
export function partAndPoint(character, { onPart, signal }) {
  const { name, others, scenes } = character;
  const point = scenes > 1 ? pointSlider({ character, until: null, signal }) : null;
  const parts = others.length > 0 ? partField(character, onPart) : null;
  const part = () => (parts && within(parts, "select").value) || null;
  const node = (point || parts) && h("details", { class: "entrance-more" },
    h("summary", {}, t("start.more")),
    h("div", { class: "entrance-form" },
      parts,
      point && h("div", { class: "field" },
        h("p", { class: "field-label" }, t("moment.heading")),
        h("p", { class: "field-hint" }, t("moment.text", { name })),
        point.node)));
  return { node, chosen: () => ({ as: part(), until_scene: point?.until() ?? null }) };
}

/** @param {CharacterOut} character @param {(part: string) => void} onPart */
function partField({ name, others }, onPart) {
  const choices = [["", t("start.yourself")], ...others.map((other) => [other, other])];
  return field({
    label: t("start.part"), name: "part", hint: t("start.part_hint", { name }), value: "",
    control: choice(choices), lang: languageOf(others[0]),
    on: { change: (event) => onPart(controlOf(event).value) },
  });
}
