/** Files for a character that is here already: a chat to go on with, a lorebook to know. */

import { getAll, isAbort, upload } from "../api.js";
import { fill, formOf, h } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field } from "../field.js";
import { number } from "../format.js";
import { go } from "../go.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { act, complaint, progressBar, warningList } from "./notices.js";

/** @import { CharacterOut, ChatReport, LogImport, LorebookReport } from "../types.js" */
/** @import { Wizard } from "./wizard.js" */

/**
 * @param {import("./wizard.js").Wizard} wizard
 * @returns {Promise<Node[]>}
 */
export async function companionActs(wizard) {
  /** @type {CharacterOut[]} */
  const characters = await getAll("/api/characters", wizard.signal);
  const { chat = null, lorebook = null } = wizard.inspection ?? {};
  const kind = chat ? "chat" : "lorebook";
  const facts = chat ? chatFacts(chat) : lorebook ? lorebookFacts(lorebook) : [];
  const what = h("dl", { class: "facts" }, facts.filter(([, value]) => value).map(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]));
  const form = characters.length === 0 ? h("p", { class: "field-hint" }, t("companion.nobody")) : companionForm(wizard, chat, characters);
  return [
    act(t("act.2"), t(`companion.${kind}`), what, lorebook && warningList(lorebook.warnings)),
    act(t("act.3"), t("companion.whose"), form),
  ];
}

/** @param {ChatReport} chat */
const chatFacts = (chat) => [
  [t("companion.character"), chat.character_name],
  [t("companion.user"), chat.user_name],
  [t("companion.messages"), number(chat.messages)],
  ...(chat.rejected ? [[t("companion.rejected"), number(chat.rejected)]] : []),
];

/** @param {LorebookReport} book */
const lorebookFacts = (book) => [[t("companion.name"), book.name], [t("card.lorebook_entries"), number(book.entries)]];

/** @param {Wizard} wizard @param {ChatReport|null} chat @param {CharacterOut[]} characters */
function companionForm(wizard, chat, characters) {
  const kind = chat ? "chat" : "lorebook";
  const named = chat?.character_name ?? "";
  const known = characters.find((one) => [one.name, ...one.aliases].includes(named));
  const box = h("div", {});
  const button = h("button", { class: "button button-primary" }, t(`companion.take_${kind}`));
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    const bar = progressBar(t("upload.sending"), t("upload.storing"));
    fill(box, bar.node);
    try {
      await SENDERS[kind](wizard, new FormData(formOf(event)), bar.update);
      wizard.forget();
    } catch (error) {
      if (isAbort(error)) return;
      button.disabled = false;
      fill(box, complaint(explain(error)));
    }
  };
  /** @param {CharacterOut} character */
  const label = ({ slug, name }) => [slug, name === slug ? name : `${name} (${slug})`];
  return h("form", { class: "persona-form", on: { submit } },
    field({ label: t("companion.character"), name: "character", value: known?.slug ?? "", required: true, control: choice([["", t("companion.choose")], ...characters.map(label)]) }),
    chat && field({ label: t("companion.user"), name: "user_name", value: chat.user_name, maxlength: 80 }),
    box, h("div", { class: "actions" }, button));
}

/** @type {Record<"chat"|"lorebook", (wizard: Wizard, form: FormData, onProgress: (share: number) => void) => Promise<void>>} */
const SENDERS = {
  async chat(wizard, form, onProgress) {
    form.set("file", wizard.sent);
    if (!String(form.get("user_name")).trim()) form.delete("user_name");
    /** @type {LogImport} */
    const { conversation } = await upload("/api/conversations/import", form, { onProgress, signal: wizard.signal });
    go(`/conversations/${conversation.id}`);
  },
  async lorebook(wizard, form, onProgress) {
    const slug = encodeURIComponent(String(form.get("character")));
    form.set("file", wizard.sent);
    await upload(`/api/admin/characters/${slug}/lorebooks`, form, { onProgress, signal: wizard.signal });
    toast(t("companion.lorebook_taken"));
    go(`/characters/${slug}`);
  },
};
