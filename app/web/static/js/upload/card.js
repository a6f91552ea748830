/** The contents of a character card, and the fields to edit before it becomes a character. */

import { isAbort } from "../api.js";
import { controlOf, fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { field, textArea } from "../field.js";
import { languageOf, number } from "../format.js";
import { t } from "../i18n.js";
import { act, complaint, progressBar, warningList } from "./notices.js";

/** @import { Props } from "../dom.js" */
/** @import { Control } from "../field.js" */
/** @import { CardReport, CharacterOut } from "../types.js" */
/** @import { Wizard } from "./wizard.js" */

const FACTS = /** @type {const} */ (["origin", "creator", "example_scenes", "alternate_greetings", "lorebook_entries", "files"]);

/** @type {Array<["name"|"profile"|"greeting", Props & {control?: import("../field.js").Control}]>} */
const FIELDS = [
  ["name", { maxlength: 80 }],
  ["profile", { control: textArea, rows: 8, maxlength: 40_000 }],
  ["greeting", { control: textArea, rows: 4, maxlength: 10_000 }],
];

/**
 * @param {import("./wizard.js").Wizard} wizard
 * @param {(character: CharacterOut) => void} onMade
 */
export function cardActs(wizard, onMade) {
  const card = wizard.inspection?.card;
  if (!card) return [];
  const box = h("div", {});
  const button = h("button", { class: "button button-primary" }, t("upload.create"));
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    const bar = progressBar(t("upload.sending"), t("card.making"));
    fill(box, bar.node);
    try {
      onMade(await wizard.createFromCard(changedFields(wizard, card), bar.update));
    } catch (error) {
      if (isAbort(error)) return;
      button.disabled = false;
      fill(box, complaint(explain(error)));
    }
  };
  /** @param {Event} event */
  const input = (event) => wizard.type("", controlOf(event).name, controlOf(event).value);
  const typed = wizard.typed.get("") ?? {};
  return [
    act(t("act.2"), t("card.heading"), facts(card), notes(card), warningList(card.warnings)),
    act(t("act.3"), t("upload.act_character"),
      h("form", { class: "persona-form", novalidate: true, on: { submit, input } },
        FIELDS.map(([name, props]) => field({ label: t(`persona.${name}`), name, value: typed[name] ?? card[name], lang: languageOf(card[name]), ...props })),
        h("p", { class: "field-hint" }, t("card.macros")),
        box, h("div", { class: "actions" }, button))),
  ];
}

/**
 * The fields that differ from the card; the others keep the card's own texts.
 * @param {Wizard} wizard
 * @param {CardReport} card
 */
function changedFields(wizard, card) {
  /** @type {Record<string, unknown>} */
  const texts = card;
  const typed = Object.entries(wizard.typed.get("") ?? {});
  return Object.fromEntries(typed.filter(([name, value]) => value !== texts[name]));
}

/** @param {CardReport} card */
function facts(card) {
  const shown = FACTS.filter((name) => card[name] !== 0 && card[name] !== "");
  const value = (/** @type {string|number} */ fact) => (typeof fact === "number" ? number(fact) : fact);
  return h("dl", { class: "facts" },
    shown.map((name) => [h("dt", {}, t(`card.${name}`)), h("dd", {}, value(card[name]))]),
    card.tags.length > 0 && [h("dt", {}, t("card.tags")), h("dd", { class: "chips" }, card.tags.map((tag) => h("span", { class: "tag" }, tag)))],
    card.picture && [h("dt", {}, t("card.picture")), h("dd", {}, t("card.has_picture"))],
    card.carries_script && [h("dt", {}, t("card.script")), h("dd", {}, t("card.carries_script"))]);
}

/** @param {CardReport} card */
function notes(card) {
  if (!card.creator_notes) return null;
  return h("details", {}, h("summary", {}, t("card.creator_notes")), h("p", { class: "card-notes", lang: languageOf(card.creator_notes) }, card.creator_notes));
}
