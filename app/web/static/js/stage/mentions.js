/** Completion in the message box: `@Name`, and the name behind `/whisper`. */

import { fill, h, uniqueId } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { portrait } from "../monogram.js";

/** @import { ParticipantOut } from "../types.js" */
/** @import { StageStore } from "./stage-store.js" */

const ASKED = /(?<![A-Za-z0-9_])[@＠]([^\s@＠]{0,40})$/u;
const WHISPERED = /^[/／](?:whisper|w)\s+(?:[^:：]*(?:[,，、&]|\band\b|和)\s*)?[@＠]?([^:：,，、&@＠]{0,40})$/iu;

/**
 * @param {HTMLTextAreaElement} input
 * @param {StageStore} store whose cast it offers, as far as it is on stage
 */
export function mentions(input, store) {
  const id = uniqueId("mentions");
  const box = h("ul", { class: "mentions", id, role: "listbox", "aria-label": t("stage.suggestions"), hidden: true });
  /** @type {{found: ParticipantOut[], start: number, isWhisper: boolean}} */
  let offer = { found: [], start: 0, isWhisper: false };
  let at = 0;

  const close = () => {
    box.hidden = true;
    input.removeAttribute("aria-activedescendant");
    input.removeAttribute("aria-controls");
  };
  const mark = () => [...box.children].forEach((option, n) => {
    option.setAttribute("aria-selected", String(n === at));
    if (n === at) input.setAttribute("aria-activedescendant", option.id);
  });
  const look = () => {
    const before = input.value.slice(0, input.selectionStart);
    const whispered = WHISPERED.exec(before);
    const match = whispered ?? ASKED.exec(before);
    const found = match ? store.present.filter(({ name }) => begins(name, match[1])) : [];
    if (!match || found.length === 0) {
      close();
      return;
    }
    offer = { found, start: before.length - match[1].length, isWhisper: whispered !== null };
    at = 0;
    fill(box, found.map((member, n) => h("li", {
      id: `${id}-${n}`, class: "mention", role: "option", "aria-selected": "false", ...store.hued(member.name),
      on: { pointerdown: (event) => {
        event.preventDefault();
        take(member);
      } },
    }, portrait(member), h("span", { lang: languageOf(member.name) }, member.name))));
    box.hidden = false;
    input.setAttribute("aria-controls", id);
    mark();
  };
  /** @param {ParticipantOut} member */
  const take = ({ name }) => {
    const after = input.value.slice(input.selectionStart);
    const head = `${input.value.slice(0, offer.start)}${name}${offer.isWhisper ? ": " : " "}`;
    input.value = head + after.trimStart();
    input.setSelectionRange(head.length, head.length);
    close();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  };
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowDown: () => { at = (at + 1) % offer.found.length; mark(); },
    ArrowUp: () => { at = (at - 1 + offer.found.length) % offer.found.length; mark(); },
    Enter: () => take(offer.found[at]),
    Tab: () => take(offer.found[at]),
    Escape: close,
  };
  // Before the box itself sends what is written.
  input.addEventListener("keydown", (event) => {
    const run = keys[event.key];
    if (box.hidden || !run || event.isComposing || event.keyCode === 229 || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    run();
  }, { capture: true });
  input.setAttribute("aria-autocomplete", "list");
  input.addEventListener("input", look);
  input.addEventListener("blur", close);
  return box;
}

/** Whether a name, or one of its words, begins so. @param {string} name @param {string} start */
function begins(name, start) {
  const wanted = start.trim().toLowerCase();
  return [name, ...name.split(/\s+/)].some((word) => word.toLowerCase().startsWith(wanted));
}
