/** In the head of a conversation: the character's memory of this conversation and of others. */

import { get, patch, remove, withQuery } from "../api.js";
import { ask } from "../dialogs.js";
import { h, within } from "../dom.js";
import { draftTool } from "../draft-profile.js";
import { field, textArea } from "../field.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

/** @import { ConversationOut, SummaryOut } from "../types.js" */

const LONGEST_SUMMARY = 2_000;

/**
 * @param {{path: string, name: string, changed: (fresh: ConversationOut) => void, failed: (error: unknown) => void}} options
 *   path: the conversation's; changed: called with the conversation as it is afterwards
 */
export function memoryButton({ path, name, changed, failed }) {
  /** @returns {Promise<ConversationOut>} */
  const read = () => get(withQuery(path, { limit: 1 }));
  const choose = async () => {
    const { node, wanted } = form(path, name, await read());
    const sure = await ask({ title: t("memory.heading"), content: node, action: t("save") });
    if (sure) await save(path, wanted());
    // Also without saving: the model may have written a summary meanwhile.
    changed(await read());
  };
  const label = t("memory.heading");
  return h("button", { class: "icon-button", type: "button", title: label, "aria-label": label, on: { click: () => choose().catch(failed) } }, icon("memory"));
}

/** @param {string} path @param {string} name @param {ConversationOut} conversation */
function form(path, name, { remembers_others: others, summarize, summary }) {
  /** @param {string} label @param {boolean} checked @returns {[HTMLInputElement, HTMLElement]} */
  const check = (label, checked) => {
    const input = h("input", { type: "checkbox", checked });
    return [input, h("label", { class: "check" }, input, h("span", {}, label))];
  };
  const [otherInput, otherLabel] = check(t("memory.others", { name }), others);
  const [ownInput, ownLabel] = check(t("memory.summarize"), summarize);
  const summaryField = field({
    label: t("memory.summary"), name: "summary", control: textArea, maxlength: LONGEST_SUMMARY, rows: 5,
    hint: summaryHint(summary), value: summary?.text ?? "",
  });
  const area = within(summaryField, "textarea");
  area.after(draftTool(area, { path: `${path}/summary`, words: "summary" }));
  return {
    node: h("div", { class: "dialog-form" }, h("p", {}, t("memory.text", { name })), h("div", {}, otherLabel, ownLabel), summaryField),
    wanted: () => ({ remembers_others: otherInput.checked, summarize: ownInput.checked, text: area.value.trim() }),
  };
}

/** @param {SummaryOut|null} summary */
function summaryHint(summary) {
  if (!summary) return t("memory.no_summary");
  return summary.covered > 0 ? t("memory.covered", { n: summary.covered }) : t("memory.unused");
}

/** @param {string} path @param {{text: string, remembers_others: boolean, summarize: boolean}} wanted */
async function save(path, { text, ...switches }) {
  /** @type {ConversationOut} */
  const now = await patch(path, switches);
  if (text === (now.summary?.text ?? "")) return;
  await (text ? patch(`${path}/summary`, { text }) : remove(`${path}/summary`));
}
