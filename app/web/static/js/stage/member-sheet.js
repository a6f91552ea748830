/** What can be done with one of the cast: whisper, a private note, an exit or an entrance. */

import { textArea, field } from "../field.js";
import { formOf, h, textIn } from "../dom.js";
import { languageOf } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { portrait } from "../monogram.js";
import { toast } from "../toast.js";
import { openSheet } from "../chat/sheet.js";
import { stageIcon } from "./icons.js";
import { shortName } from "./names.js";

/** @import { ParticipantOut } from "../types.js" */
/** @import { StageStore } from "./stage-store.js" */

const LONGEST_NOTE = 1_000;
const LONGEST_DIRECTION = 400;

/** @param {StageStore} store @param {ParticipantOut} member @param {() => void} write brings the message box to the fore */
export function openMember(store, member, write) {
  const { name, slug, on_stage: isOn } = member;
  const done = () => sheet.close();
  const { cue } = store;
  const short = shortName(name, store.state.participants.map((each) => each.name));
  const head = h("div", { class: "member-head", ...store.hued(name) }, portrait(member),
    h("div", { class: "member-acts" },
      isOn && act("onward", t("stage.next_named", { name: short }), () => {
        cue.set({ next: member.id });
        done();
      }),
      isOn && store.state.user_role !== "watching" && h("button", { class: "button", type: "button", on: { click: () => {
        if (member.id) cue.set({ whisper: [...new Set([...cue.whisper, member.id])] });
        done();
        write();
      } } }, stageIcon("whisper"), t("stage.whisper", { name: short })),
      slug && h("a", { class: "button button-plain", href: `/characters/${encodeURIComponent(slug)}`, on: { click: done } }, icon("info"), t("stage.about", { name: short }))));
  const sheet = openSheet(name, "dialog-sheet-member", h("div", { class: "sheet-body" }, head, noteForm(store, member, done), doorForm(store, member, done)));
  sheet.querySelector("h2")?.setAttribute("lang", languageOf(name));
}

/** @param {import("../icons.js").IconName} image @param {string} label @param {() => void} run */
const act = (image, label, run) => h("button", { class: "button", type: "button", on: { click: run } }, icon(image), label);

/** @param {StageStore} store @param {ParticipantOut} member @param {() => void} done */
function noteForm(store, member, done) {
  const { name, note } = member;
  return h("form", { class: "member-form", on: { submit: async (event) => {
    event.preventDefault();
    const text = textIn(formOf(event), "note");
    done();
    if (await store.note(member, text) && text) toast(t("stage.note_saved", { name }));
  } } },
  field({ label: t("stage.note", { name }), name: "note", hint: t("stage.note_hint", { name }), control: textArea, rows: 3, maxlength: LONGEST_NOTE, value: note }),
  h("div", { class: "actions" }, h("button", { class: "button" }, t("save"))));
}

/** Its exit, or its next entrance. @param {StageStore} store @param {ParticipantOut} member @param {() => void} done */
function doorForm(store, member, done) {
  const { name, slug, on_stage: isOn } = member;
  if (!isOn && !slug) return null; // its character is gone for good
  return h("form", { class: "member-form", on: { submit: (event) => {
    event.preventDefault();
    const direction = textIn(formOf(event), "direction");
    done();
    if (isOn) store.leave(member, direction);
    else store.enter(slug ?? "", direction);
  } } },
  field({
    label: t(isOn ? "stage.leave_how" : "stage.enter_how"), name: "direction", maxlength: LONGEST_DIRECTION,
    hint: t(isOn ? "stage.leave_how_hint" : "stage.enter_how_hint", { name }),
  }),
  h("div", { class: "actions" }, h("button", { class: "button" }, isOn ? stageIcon("exit") : icon("onward"), t(isOn ? "stage.leaves" : "stage.enters"))));
}
