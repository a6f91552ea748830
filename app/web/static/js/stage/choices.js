/** Two short questions: who answers instead, and who the user is. */

import { openSheet } from "../chat/sheet.js";
import { ask } from "../dialogs.js";
import { h, within } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { portrait } from "../monogram.js";
import { roleChoice } from "./roles.js";

/** @import { MessageOut } from "../types.js" */
/** @import { StageStore } from "./stage-store.js" */

/** Lets another character answer what this one answered. @param {StageStore} store @param {MessageOut} message */
export function chooseOther(store, message) {
  const hears = store.state.messages.find(({ id }) => id === message.parent_id)?.stage;
  const isPrivate = hears?.speaker === null && hears.circle !== null;
  const others = store.able.filter(({ id }) => id !== message.stage?.speaker?.id && (!isPrivate || (id !== null && hears.circle?.includes(id))));
  const sheet = openSheet(t("stage.as_other_title"), "dialog-sheet-other", h("div", { class: "sheet-body" },
    h("p", { class: "field-hint" }, others.length > 0 ? t("stage.as_other_text") : t("stage.empty")),
    h("ul", { class: "enterers" }, others.map((each) => h("li", { ...store.hued(each.name) },
      h("button", { class: "enterer", type: "button", on: { click: () => {
        sheet.close();
        store.regenerate(message, each.id ?? undefined);
      } } }, portrait(each), h("span", { class: "enterer-name", lang: languageOf(each.name) }, each.name)))))));
}

/** Asks who the user is from now on. @param {StageStore} store */
export async function chooseRole(store) {
  const { user_role: now, user_name: name } = store.state;
  const roles = roleChoice(now, now === "speaker" ? ["persona", "speaker", "director", "watching"] : ["persona", "director", "watching"], () => {});
  const form = h("div", {}, now === "speaker" && h("p", { class: "field-hint" }, t("stage.role_speaker", { name })), roles);
  if (!await ask({ title: t("role.heading"), content: form, action: t("save") })) return;
  const chosen = within(form, "fieldset").querySelector("input:checked");
  const role = chosen instanceof HTMLInputElement ? chosen.value : now;
  if (role !== now) await store.play(/** @type {typeof now} */ (role));
}
