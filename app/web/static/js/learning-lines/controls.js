/** The controls of a rehearsal, at the foot of the page where a thumb reaches them. */

import { COMMAND } from "../chat/keys.js";
import { fill, h, uniqueId } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

/** @typedef {"reading"|"saying"|"listening"|"checking"|"marked"} Stage */

/** What calls the prompter where it is typed instead of the line. */
const CALL = /^(line|提词|提詞|忘词|忘詞)[!！.。?？]*$/i;

export const isCall = (/** @type {string} */ text) => CALL.test(text.trim());

export class Controls {
  /**
   * @param {{check: (typed: string) => void, call: () => void, next: () => void, again: () => void,
   *   stop: () => void, speak: () => void, skip: () => void, mayListen: boolean}} acts
   */
  constructor(acts) {
    this.acts = acts;
    /** @type {Stage} */
    this.stage = "reading";
    this.prompts = 0;
    const id = uniqueId("line");
    this.input = h("textarea", {
      class: "input learn-input", id, name: "typed", rows: 2, maxlength: 20_000, autocomplete: "off", autocapitalize: "sentences",
      spellcheck: "false", placeholder: t("learn.your_line_hint"), enterkeyhint: "done",
    });
    this.field = h("div", {}, h("label", { class: "visually-hidden", for: id }, t("learn.your_line")), this.input);
    this.field.hidden = true; // what is typed before the first cue would be lost
    this.status = h("p", { class: "learn-status visually-hidden", role: "status" });
    this.buttons = h("div", { class: "learn-buttons" });
    this.keys = h("p", { class: "learn-keys" });
    this.node = h("form", { class: "learn-bar", on: { submit: (event) => this.submitted(event), keydown: (event) => this.pressed(event) } },
      this.status, this.field, this.buttons, this.keys);
  }

  /** @param {SubmitEvent} event */
  submitted(event) {
    event.preventDefault();
    if (this.stage === "saying") this.acts.check(this.input.value.trim());
    else if (this.stage === "marked") this.acts.next();
    else if (this.stage === "reading") this.acts.skip();
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.acts.stop();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (this.stage === "saying") this.acts.call();
    } else if (event.key === "Enter" && event.target === this.input && !event.shiftKey) {
      event.preventDefault();
      this.node.requestSubmit();
    } else if (this.stage === "marked" && event.key.toLowerCase() === "r" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.acts.again();
    }
  }

  /** @param {string} text @param {{seen?: boolean}} [options] seen: false where the scene shows it as well */
  say(text, { seen = true } = {}) {
    this.status.textContent = text;
    this.status.classList.toggle("visually-hidden", !seen || text === "");
  }

  /** Draws what can be done now. @param {Stage} stage @param {{focus?: boolean}} [options] */
  show(stage, { focus = true } = {}) {
    this.stage = stage;
    this.field.hidden = stage === "reading" || stage === "marked";
    this.input.readOnly = stage === "listening" || stage === "checking";
    fill(this.buttons, this.stopButton(), ...this.drawn(stage));
    fill(this.keys, keysOf(stage));
    if (!focus) return;
    /** @type {HTMLElement|null} */
    const target = stage === "saying" ? this.input : this.buttons.querySelector(".button-primary");
    target?.focus({ preventScroll: true });
  }

  stopButton() {
    return h("button", { class: "icon-button learn-stop", type: "button", "aria-label": t("learn.stop"), title: t("learn.stop"), on: { click: () => this.acts.stop() } }, icon("close"));
  }

  /** @param {Stage} stage */
  drawn(stage) {
    if (stage === "reading") return [primary(t("learn.skip_reading"))];
    if (stage === "marked") return [plain(t("learn.again"), () => this.acts.again()), primary(t("learn.next"))];
    const isBusy = stage === "checking";
    const call = /** @type {const} */ (["learn.call", "learn.call_more", "learn.call_all"])[this.prompts];
    return [
      call && plain(t(call), () => this.acts.call(), isBusy || stage === "listening"),
      this.acts.mayListen && plain(t(stage === "listening" ? "learn.listening" : "learn.speak"), () => this.acts.speak(), isBusy, stage === "listening"),
      primary(t("learn.check"), isBusy || stage === "listening"),
    ].filter((each) => each !== false && each !== undefined);
  }
}

/** @param {string} label @param {boolean} [disabled] */
const primary = (label, disabled = false) => h("button", { class: "button button-primary", disabled }, label);

/** @param {string} label @param {() => void} act @param {boolean} [disabled] @param {boolean} [pressed] */
const plain = (label, act, disabled = false, pressed = false) =>
  h("button", { class: "button", type: "button", disabled, "aria-pressed": pressed ? "true" : null, on: { click: act } }, label);

/** The keys that help now. @param {Stage} stage */
function keysOf(stage) {
  const stop = key(["Esc"], t("learn.keys_stop"));
  if (stage === "reading") return [key(["Enter"], t("learn.skip_reading")), stop];
  if (stage === "marked") return [key(["Enter"], t("learn.keys_next")), key(["R"], t("learn.keys_again")), stop];
  return [h("span", {}, t("learn.keys_type")), key([COMMAND, "Enter"], t("learn.keys_call")), stop];
}

/** @param {string[]} names @param {string} act */
const key = (names, act) => h("span", {}, names.map((each) => h("kbd", {}, each)), " ", act);
