/** The cast of a stage: who is on it, who speaks, and who speaks next. */

import { fill, h } from "../dom.js";
import { languageOf } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { portrait } from "../monogram.js";
import { shortName } from "./names.js";
import { colourBy } from "./speech.js";

/** @import { ParticipantOut } from "../types.js" */
/** @import { StageStore } from "./stage-store.js" */

/**
 * A list of the cast. A press on a name lets that one speak next.
 * @param {StageStore} store
 * @param {{open: (member: ParticipantOut) => void, isShort?: boolean}} options
 *   open: shows what can be done with one; isShort: names of one word are enough
 */
export function castList(store, { open, isShort = false }) {
  /** @type {Map<string, ReturnType<typeof castRow>>} */
  const rows = new Map();
  const node = h("ul", { class: "cast-rows" });
  const draw = () => {
    for (const member of store.state.participants) {
      const key = member.id ?? member.name;
      let row = rows.get(key);
      if (!row) {
        row = castRow(key, { choose: () => choose(key), open: () => open(memberOf(key)) });
        rows.set(key, row);
        node.append(row.node);
      }
      const names = store.state.participants.map(({ name }) => name);
      row.update(member, store, isShort ? shortName(member.name, names) : member.name);
    }
  };
  /** @param {string} key */
  const memberOf = (key) => /** @type {ParticipantOut} */ (store.state.participants.find(({ id, name }) => (id ?? name) === key));
  /** @param {string} key */
  const choose = (key) => {
    const member = memberOf(key);
    // Who is gone, or has no character of its own, cannot be asked to speak.
    if (!member.on_stage || member.slug === null) open(member);
    else store.cue.set({ next: store.cue.next === member.id ? null : member.id });
  };
  draw();
  return { node, draw };
}

/** @param {string} key @param {{choose: () => void, open: () => void}} acts */
function castRow(key, { choose, open }) {
  const face = h("span", { class: "cast-face" });
  const name = h("span", { class: "cast-who" });
  const state = h("span", { class: "cast-state" });
  const button = h("button", { class: "cast-choose", type: "button", on: { click: choose } }, face, h("span", { class: "cast-words" }, name, state));
  const more = h("button", { class: "icon-button cast-more", type: "button", on: { click: open } }, icon("more"));
  const node = h("li", { class: "cast-row", data: { member: key } }, button, more);
  let drawn = "";
  /** @param {ParticipantOut} member @param {StageStore} store @param {string} shown its name here */
  const update = (member, store, shown) => {
    const { isNext, isSpeaking, isEntering } = phaseOf(member, store);
    node.classList.toggle("is-gone", !member.on_stage);
    node.classList.toggle("is-next", isNext);
    node.classList.toggle("is-speaking", isSpeaking);
    node.classList.toggle("is-entering", isEntering);
    button.setAttribute("aria-pressed", String(isNext));
    state.textContent = stateText(member, { isNext, isSpeaking });
    const label = t(member.on_stage ? (isNext ? "stage.next_unset" : "stage.next_named") : "stage.about", { name: member.name });
    button.title = label;
    if (drawn === member.name + member.avatar) return;
    drawn = member.name + member.avatar;
    colourBy(node, store.hued(member.name));
    fill(face, portrait(member));
    name.textContent = shown;
    name.lang = languageOf(member.name);
    more.setAttribute("aria-label", t("stage.about", { name: member.name }));
  };
  return { node, update };
}

/** @param {ParticipantOut} member @param {StageStore} store */
function phaseOf({ id, on_stage: isOn }, store) {
  const newest = store.state.messages.at(-1)?.stage;
  return {
    isNext: id !== null && store.cue.next === id,
    isSpeaking: id !== null && store.speaking?.speaker?.id === id,
    isEntering: isOn && newest?.kind === "enters" && newest.speaker?.id === id,
  };
}

/** @param {ParticipantOut} member @param {{isNext: boolean, isSpeaking: boolean}} phase */
function stateText({ on_stage: isOn, note }, { isNext, isSpeaking }) {
  if (!isOn) return t("stage.gone");
  const now = t(isSpeaking ? "stage.speaking" : isNext ? "stage.speaks_next" : "stage.on");
  return note ? `${now} · ${t("stage.has_note")}` : now;
}
