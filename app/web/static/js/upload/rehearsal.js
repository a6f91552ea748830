/** The characters that were made, while they learn their lines. */

import { patch } from "../api.js";
import { fill, h, reconcile, within } from "../dom.js";
import { draftedFrom, draftTool } from "../draft-profile.js";
import { explain } from "../errors.js";
import { field, textArea } from "../field.js";
import { languageOf } from "../format.js";
import { language, t } from "../i18n.js";
import { learningFailure } from "../learning-failure.js";
import { hued, portrait } from "../monogram.js";
import { picturesOf } from "../pictures/picker.js";
import { indexingProgress } from "../progress.js";
import { followRehearsal, rehearsalNote } from "../readiness.js";
import { status } from "../status.js";
import { repeat } from "../timing.js";
import { complaint } from "./notices.js";

/** @import { CharacterOut } from "../types.js" */
/** @import { Wizard } from "./wizard.js" */

const POLL_MS = 400;

/**
 * @param {import("./wizard.js").Wizard} wizard
 * @param {CharacterOut[]} characters
 * @param {{label: string, run: () => void}} after what may come next
 */
export function rehearsal(wizard, characters, after) {
  const list = h("ul", { class: "rehearsal", role: "status" });
  let current = characters;
  const draw = () => reconcile(list, current.map((character) => ({
    key: character.slug, signature: JSON.stringify([character, language()]), render: () => player(character, wizard.signal),
  })));
  draw();
  repeat(async () => {
    current = await Promise.all(current.map((character) => (character.status === "indexing" ? wizard.character(character.slug).catch(() => character) : character)));
    draw();
    return current.some((character) => character.status === "indexing") ? POLL_MS : null;
  }, wizard.signal);
  const heading = h("h1", { tabindex: -1 }, t("rehearsal.heading"));
  return {
    heading,
    node: h("div", { class: "acts" }, heading, list, picturesOf(characters),
      h("div", { class: "actions" }, h("button", { class: "button", type: "button", on: { click: after.run } }, after.label))),
  };
}

/** @param {CharacterOut} character @param {AbortSignal} signal */
function player(character, signal) {
  const { name } = character;
  return h("li", { class: "player", ...hued(name) },
    portrait(character),
    h("div", { class: "learning" },
      h("h2", { lang: languageOf(name, character.language) }, name),
      h("div", { class: "learning" }, learning(character, signal))));
}

/** @param {CharacterOut} character @param {AbortSignal} signal */
function learning(character, signal) {
  if (character.status === "failed") {
    return h("div", { class: "notice notice-bad", role: "alert" }, h("p", { class: "notice-title" }, t("character.failed")), h("p", {}, learningFailure(character)));
  }
  if (character.status === "indexing") return [h("p", {}, t("upload.learning", { name: character.name })), indexingProgress(character.progress)];
  return [
    learned(character, signal),
    h("a", { class: "button button-primary", href: `/characters/${encodeURIComponent(character.slug)}` }, t("upload.talk", { name: character.name })),
    character.visibility === "private" && status.current?.admin_required
      && h("p", { class: "field-hint" }, t("rehearsal.private", { name: character.name }), " ", h("a", { href: "/mine" }, t("rehearsal.share"))),
    profileForm(character),
  ];
}

/** What is learned, and what is still rehearsed; apart, so that the form beneath it stays as it is. @param {CharacterOut} character @param {AbortSignal} signal */
function learned(character, signal) {
  const words = h("div", {});
  followRehearsal(character, (fresh) => fill(words,
    h("p", {}, t(fresh.selection_progress === null ? "upload.ready" : "upload.learned", { lines: fresh.lines })),
    rehearsalNote(fresh)), signal);
  return words;
}

/** The profile, to be written or drafted now that the lines are known, or left as it is. @param {CharacterOut} character */
function profileForm(character) {
  const path = encodeURIComponent(character.slug);
  const box = h("div", { role: "status" });
  const profile = field({ label: t("persona.profile"), name: "profile", value: character.profile, control: textArea, rows: 6, maxlength: 40_000, hint: t("persona.profile_hint") });
  const area = within(profile, "textarea");
  area.after(draftTool(area, { path: `/api/characters/${path}/draft-profile` }));
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    try {
      await patch(`/api/admin/characters/${path}`, { profile: area.value, ...draftedFrom(area) });
      fill(box, h("p", { class: "field-hint" }, t("rehearsal.saved")));
    } catch (error) {
      fill(box, complaint(explain(error)));
    }
  };
  return h("details", {}, h("summary", {}, t(character.profile ? "rehearsal.profile" : "rehearsal.no_profile")),
    h("form", { class: "persona-form", on: { submit } }, profile, box, h("div", { class: "actions" }, h("button", { class: "button" }, t("save")))));
}
