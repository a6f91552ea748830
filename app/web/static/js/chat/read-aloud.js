/** Reads a line aloud with the browser's own voices, on request, in the language it is written in. */

import { fill } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

/** Some engines fall silent in the middle of longer utterances. */
const LONGEST = 180;
const SENTENCE = /[^.!?。！？…\n]+[.!?。！？…\n]*["'”’」』)]*\s*/g;

export class ReadAloud {
  /** @param {AbortSignal} signal ends what is being read */
  constructor(signal) {
    /** @type {SpeechSynthesis|null} */
    this.synthesis = "speechSynthesis" in window ? window.speechSynthesis : null;
    /** @type {HTMLElement|null} the button of the line being read */
    this.reading = null;
    /** @type {Map<HTMLElement, string>} the language of each button's line */
    this.buttons = new Map();
    this.synthesis?.addEventListener?.("voiceschanged", () => this.refresh(), { signal });
    signal.addEventListener("abort", () => this.stop(), { once: true });
  }

  /**
   * Makes a button read and stop; it is hidden while the browser has no voice in the language.
   * @param {HTMLElement} button
   * @param {() => HTMLElement} text the element whose text is read
   */
  attach(button, text) {
    this.forget();
    this.buttons.set(button, text().lang || document.documentElement.lang);
    button.addEventListener("click", () => (this.reading === button ? this.stop() : this.read(button, text())));
    this.dress(button);
  }

  forget() {
    for (const button of this.buttons.keys()) {
      if (!button.isConnected && button !== this.reading) this.buttons.delete(button);
    }
  }

  refresh() {
    for (const button of this.buttons.keys()) this.dress(button);
  }

  /** @param {string} lang @returns {SpeechSynthesisVoice|null} */
  voiceOf(lang) {
    const base = lang.toLowerCase().split("-")[0];
    const voices = (this.synthesis?.getVoices() ?? []).filter((voice) => voice.lang.toLowerCase().split(/[-_]/)[0] === base);
    return voices.find((voice) => voice.localService) ?? voices[0] ?? null;
  }

  /** @param {HTMLElement} button */
  dress(button) {
    const isReading = button === this.reading;
    const label = t(isReading ? "chat.aloud_stop" : "chat.aloud");
    button.hidden = !this.voiceOf(this.buttons.get(button) ?? "");
    button.setAttribute("aria-pressed", String(isReading));
    button.setAttribute("aria-label", label);
    button.title = label;
    fill(button, icon(isReading ? "stop" : "voice"));
  }

  /** @param {HTMLElement} button @param {HTMLElement} text */
  read(button, text) {
    this.stop();
    const lang = text.lang || document.documentElement.lang;
    const voice = this.voiceOf(lang);
    const parts = pieces(text.innerText);
    if (!this.synthesis || !voice || parts.length === 0) return;
    this.reading = button;
    this.dress(button);
    for (const [n, part] of parts.entries()) {
      const utterance = new SpeechSynthesisUtterance(part);
      utterance.voice = voice;
      utterance.lang = voice.lang;
      const over = () => this.reading === button && this.stop();
      if (n === parts.length - 1) utterance.addEventListener("end", over);
      utterance.addEventListener("error", over);
      this.synthesis.speak(utterance);
    }
  }

  stop() {
    const button = this.reading;
    this.reading = null;
    this.synthesis?.cancel();
    if (button) this.dress(button);
  }
}

/** Sentences, joined and cut to what every engine reads to its end. @param {string} text */
export function pieces(text) {
  /** @type {string[]} */
  const found = [];
  for (const [sentence] of text.matchAll(SENTENCE)) {
    for (let at = 0; at < sentence.length; at += LONGEST) {
      const part = sentence.slice(at, at + LONGEST);
      const last = found.at(-1);
      if (last !== undefined && (last + part).length <= LONGEST) found[found.length - 1] = last + part;
      else found.push(part);
    }
  }
  return found.map((part) => part.trim()).filter((part) => /[\p{L}\p{N}]/u.test(part));
}
