/** Everything about a character that can be changed. */

import { patch } from "../api.js";
import { formOf, h, uniqueId, within } from "../dom.js";
import { field } from "../field.js";
import { t } from "../i18n.js";
import { offerDraft, personaFields, readPersona, showRefusal } from "../upload/persona-form.js";

/** @import { AdminCharacter, CharacterOut } from "../types.js" */

/** Field, step, and bounds as the API has them. */
const SAMPLING = /** @type {const} */ ([
  ["temperature", { min: 0, max: 2, step: 0.05 }],
  ["top_p", { min: 0.01, max: 1, step: 0.01 }],
  ["top_k", { min: 0, max: 1_000, step: 1 }],
  ["min_p", { min: 0, max: 1, step: 0.01 }],
  ["repetition_penalty", { min: 0.5, max: 2, step: 0.01 }],
  ["max_tokens", { min: 1, max: 4_096, step: 1 }],
  ["seed", { min: 0, max: 2_147_483_647, step: 1 }],
]);

/** @param {AdminCharacter} character @param {string} path @returns {Promise<CharacterOut|null>} the changed character, or null when nothing was saved */
export function editCharacter(character, path) {
  const heading = uniqueId("edit");
  const box = h("div", {});
  /** @type {CharacterOut|null} */
  let saved = null;
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = formOf(event);
    try {
      saved = await patch(path, { ...readPersona(form), sampling: readSampling(form) });
      dialog.close();
    } catch (error) {
      showRefusal(form, box, error);
    }
  };
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { class: "edit-dialog", "aria-labelledby": heading },
    h("h2", { id: heading }, t("admin.edit_named", { name: character.name })),
    h("form", { class: "persona-form", on: { submit } },
      personaFields({
        name: character.name, tagline: character.tagline, aliases: character.aliases.join(t("list.comma")),
        profile: character.profile, greeting: character.greeting, language: character.language,
      }),
      h("details", {}, h("summary", {}, t("admin.sampling")),
        h("p", { class: "field-hint" }, t("admin.sampling_hint")),
        h("div", { class: "sampling" }, SAMPLING.map(([name, bounds]) =>
          field({ label: t(`sampling.${name}`), name, type: "number", value: character.sampling[name] ?? "", ...bounds })))),
      box,
      h("div", { class: "actions" },
        h("button", { class: "button button-primary" }, t("save")),
        h("button", { class: "button button-plain", type: "button", on: { click: () => dialog.close() } }, t("cancel")))));
  offerDraft(within(dialog, "form"), { path: `/api/characters/${encodeURIComponent(character.slug)}/draft-profile` });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(saved);
    });
  });
}

/** @param {HTMLFormElement} form */
function readSampling(form) {
  const data = new FormData(form);
  return Object.fromEntries(SAMPLING.map(([name]) => [name, data.get(name) === "" ? null : Number(data.get(name))]));
}
