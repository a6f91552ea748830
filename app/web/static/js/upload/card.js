/** What is in a character card, and what of it may be changed before it is made a character. */

import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { field, textArea } from "../field.js";
import { languageOf, number } from "../format.js";
import { t } from "../i18n.js";
import { act, complaint, progressBar } from "./notices.js";

const FACTS = ["origin", "creator", "example_scenes", "alternate_greetings", "lorebook_entries", "files"];
const FIELDS = [
  ["name", { maxlength: 80 }],
  ["profile", { control: textArea, rows: 8, maxlength: 40_000 }],
  ["greeting", { control: textArea, rows: 4, maxlength: 10_000 }],
];

/**
 * @param {import("./wizard.js").Wizard} wizard
 * @param {(character: object) => void} onMade
 */
export function cardActs(wizard, onMade) {
  const { card } = wizard.inspection;
  const box = h("div", {});
  const button = h("button", { class: "button button-primary" }, t("upload.create"));
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    const bar = progressBar(t("upload.sending"), t("card.making"));
    fill(box, bar.node);
    try {
      onMade(await wizard.createFromCard(changedFields(wizard), bar.update));
    } catch (error) {
      if (error.name === "AbortError") return;
      button.disabled = false;
      fill(box, complaint(explain(error)));
    }
  };
  const input = (event) => wizard.type("", event.target.name, event.target.value);
  const typed = wizard.typed.get("") ?? {};
  return [
    act(t("act.2"), t("card.heading"), facts(card), notes(card), warnings(card)),
    act(t("act.3"), t("upload.act_character"),
      h("form", { class: "persona-form", novalidate: true, on: { submit, input } },
        FIELDS.map(([name, props]) => field({ label: t(`persona.${name}`), name, value: typed[name] ?? card[name], lang: languageOf(card[name]), ...props })),
        h("p", { class: "field-hint" }, t("card.macros")),
        box, h("div", { class: "actions" }, button))),
  ];
}

/** Only what differs from the card, so that the card's own texts stay as they are. */
function changedFields(wizard) {
  const typed = Object.entries(wizard.typed.get("") ?? {});
  return Object.fromEntries(typed.filter(([name, value]) => value !== wizard.inspection.card[name]));
}

function facts(card) {
  const shown = FACTS.filter((name) => card[name] !== 0 && card[name] !== "");
  const value = (name) => (typeof card[name] === "number" ? number(card[name]) : card[name]);
  return h("dl", { class: "facts" },
    shown.map((name) => [h("dt", {}, t(`card.${name}`)), h("dd", {}, value(name))]),
    card.tags.length > 0 && [h("dt", {}, t("card.tags")), h("dd", { class: "chips" }, card.tags.map((tag) => h("span", { class: "tag" }, tag)))],
    card.picture && [h("dt", {}, t("card.picture")), h("dd", {}, t("card.has_picture"))],
    card.carries_script && [h("dt", {}, t("card.script")), h("dd", {}, t("card.carries_script"))]);
}

function notes(card) {
  if (!card.creator_notes) return null;
  return h("details", {}, h("summary", {}, t("card.creator_notes")), h("p", { class: "card-notes", lang: languageOf(card.creator_notes) }, card.creator_notes));
}

function warnings(card) {
  if (card.warnings.length === 0) return null;
  return h("div", { class: "notice", lang: "en" }, h("ul", {}, card.warnings.map((warning) => h("li", {}, warning))));
}
