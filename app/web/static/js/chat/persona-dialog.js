/** Who a person is to the character: a name, and a few words about themselves. */

import { get, patch, put } from "../api.js";
import { ask } from "../dialogs.js";
import { h, within } from "../dom.js";
import { field, textArea } from "../field.js";
import { t } from "../i18n.js";
import { lasting } from "../storage.js";

/** @import { ConversationOut, PersonaOut } from "../types.js" */

const DEFAULT_NAME = "user";
const LONGEST_NAME = 80;
const LONGEST = 600;

/**
 * Asks, and stores the answer with the conversation, and for new ones where that is wanted.
 * @param {{path: string, state: ConversationOut}} conversation
 * @returns {Promise<ConversationOut|null>} null when nothing was changed
 */
export async function askPersona({ path, state }) {
  /** @type {PersonaOut} */
  const persona = await get("/api/persona");
  const name = state.user_name === DEFAULT_NAME ? "" : state.user_name;
  const naming = field({ label: t("character.your_name"), name: "user_name", value: name, maxlength: LONGEST_NAME, autocomplete: "nickname" });
  const about = field({
    label: t("persona.about"), name: "user_description", control: textArea, rows: 4, maxlength: LONGEST,
    hint: t("persona.about_hint", { name: state.character.name }), value: state.user_description,
  });
  const isUsual = (!persona.name && !persona.description) || (persona.name === name && persona.description === state.user_description);
  const always = h("input", { type: "checkbox", checked: isUsual });
  const content = h("div", { class: "dialog-form" }, naming, about,
    h("label", { class: "check" }, always, h("span", {}, t("persona.always"))));
  if (!(await ask({ title: t("persona.heading"), content, action: t("save") }))) return null;

  const wanted = { name: within(naming, "input").value.trim(), description: within(about, "textarea").value.trim() };
  if (always.checked) {
    await put("/api/persona", wanted);
    lasting.set("user-name", wanted.name);
  }
  return patch(path, { user_name: wanted.name || DEFAULT_NAME, user_description: wanted.description });
}
