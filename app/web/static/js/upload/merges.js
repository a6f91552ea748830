/** Names that may be one speaker's: suggested, merged by hand, and parted again. */

import { ask } from "../dialogs.js";
import { h, within } from "../dom.js";
import { choice, field } from "../field.js";
import { languageOf, number } from "../format.js";
import { icon } from "../icons.js";
import { has, t } from "../i18n.js";

/** @import { MergeOut } from "../types.js" */
/** @import { Wizard } from "./wizard.js" */

/** @typedef {(options?: {readAgain?: boolean}) => void} OnMerge called after a merge; `readAgain` unless the file reads the same */

/**
 * The suggestions that wait for an answer; null if there are none.
 * @param {import("./wizard.js").Wizard} wizard
 * @param {OnMerge} onChange
 */
export function suggestedMerges(wizard, onChange) {
  const waiting = wizard.suggestions();
  if (waiting.length === 0 || wizard.wasHere) return null; // a stored script is merged by sending its file again
  /** @param {MergeOut[]} merges */
  const accept = (merges) => {
    merges.forEach(({ alias, name }) => wizard.merge(alias, name));
    onChange();
  };
  /** @param {MergeOut} merge */
  const decline = ({ alias }) => {
    wizard.declined.add(alias);
    onChange({ readAgain: false });
  };
  return h("section", { class: "merges notice", "aria-label": t("merges.heading") },
    h("p", { class: "notice-title" }, t("merges.heading")),
    h("ul", {}, waiting.map((merge) => suggestion(merge, { accept: () => accept([merge]), decline: () => decline(merge) }))),
    waiting.length > 1 && h("button", { class: "button", type: "button", on: { click: () => accept(waiting) } }, t("merges.all", { n: waiting.length })));
}

/** @param {MergeOut} merge @param {{accept: () => void, decline: () => void}} answers */
function suggestion(merge, { accept, decline }) {
  const { alias, name, code, reason } = merge;
  const key = `merge.${code}`;
  return h("li", { class: "merge" },
    h("span", { class: "merge-names" },
      h("span", { lang: languageOf(alias) }, alias), " ", h("span", { class: "merge-arrow", "aria-hidden": "true" }, "→"), h("span", { class: "visually-hidden" }, t("merges.is")), " ",
      h("strong", { lang: languageOf(name) }, name)),
    h("span", { class: "merge-reason" }, has(key) ? t(key, { name, alias }) : reason),
    h("span", { class: "merge-answers" },
      h("button", { class: "button", type: "button", "aria-label": t("merges.accept_named", { alias, name }), on: { click: accept } }, t("merges.accept")),
      h("button", { class: "button button-plain", type: "button", "aria-label": t("merges.decline_named", { alias, name }), on: { click: decline } }, t("merges.decline"))));
}

/**
 * The names that count as `name`, each with a way back.
 * @param {Wizard} wizard
 * @param {string} name
 * @param {OnMerge} onChange
 */
export function mergedNames(wizard, name, onChange) {
  /** @param {string} alias */
  const undo = (alias) => {
    wizard.unmerge(alias);
    onChange();
  };
  return wizard.mergedInto(name).map((alias) => h("button", {
    class: "chip", type: "button", "aria-label": t("merges.undo_named", { alias, name }), on: { click: () => undo(alias) },
  }, h("span", { lang: languageOf(alias) }, alias), icon("close")));
}

/** Asks which speaker `name` is another name of. @param {Wizard} wizard @param {string} name @param {OnMerge} onChange */
export async function mergeByHand(wizard, name, onChange) {
  const others = wizard.report.speakers.filter((speaker) => speaker.name !== name);
  const content = field({
    label: t("merges.by_hand_label", { name }), name: "kept", value: wizard.likeliest(name) ?? others[0]?.name,
    control: choice(others.map((speaker) => [speaker.name, t("merges.option", { name: speaker.name, lines: number(speaker.lines) })])),
  });
  const answer = await ask({ title: t("merges.by_hand", { name }), content, action: t("merges.accept") });
  if (answer === null) return;
  wizard.unite(name, within(content, "select").value);
  onChange();
}
