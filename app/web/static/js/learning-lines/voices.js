/** The others' lines, read aloud with the browser's own voices: one each, as far as there are enough. */

import { pieces } from "../chat/read-aloud.js";
import { languageOf } from "../format.js";

/** @import { LeadLine } from "../types.js" */

const DIRECTION = /（[^（）]*）|\([^()\n]*\)|\[[^[\]\n]*\]|\*[^*\n]+\*/g;
/** An engine that never says that it has ended must not end the rehearsal: milliseconds a character. */
const SLOWEST = 250;
const LEAST_WAIT = 4_000;

const base = (/** @type {string} */ lang) => lang.toLowerCase().split(/[-_]/)[0];

/** Fires `change` when the browser knows more voices. */
export class Voices extends EventTarget {
  /** @param {AbortSignal} signal ends what is being read */
  constructor(signal) {
    super();
    /** @type {SpeechSynthesis|null} */
    this.synthesis = "speechSynthesis" in window ? window.speechSynthesis : null;
    /** @type {string[]} speakers, in the order in which they spoke first */
    this.cast = [];
    this.synthesis?.addEventListener?.("voiceschanged", () => this.dispatchEvent(new Event("change")), { signal });
    signal.addEventListener("abort", () => this.stop(), { once: true });
  }

  /** @param {string} lang @returns {SpeechSynthesisVoice[]} those of the language, local ones if there are any */
  of(lang) {
    const all = (this.synthesis?.getVoices() ?? []).filter((voice) => base(voice.lang) === base(lang));
    const local = all.filter((voice) => voice.localService);
    return local.length > 0 ? local : all;
  }

  /** @param {string} lang */
  speaks(lang) {
    return this.of(lang).length > 0;
  }

  /** Resolves once a line was read, or could not be. @param {LeadLine} line @param {AbortSignal} signal */
  async read({ speaker, text }, signal) {
    const voices = this.of(languageOf(text));
    if (!this.synthesis || voices.length === 0) return;
    if (!this.cast.includes(speaker)) this.cast.push(speaker);
    const voice = voices[this.cast.indexOf(speaker) % voices.length];
    const stop = () => this.stop();
    signal.addEventListener("abort", stop, { once: true });
    for (const piece of pieces(text.replace(DIRECTION, " "))) {
      if (!signal.aborted) await this.say(piece, voice, signal);
    }
    signal.removeEventListener("abort", stop);
  }

  /** @param {string} piece @param {SpeechSynthesisVoice} voice @param {AbortSignal} signal @returns {Promise<void>} */
  say(piece, voice, signal) {
    return new Promise((resolve) => {
      const utterance = new SpeechSynthesisUtterance(piece);
      utterance.voice = voice;
      utterance.lang = voice.lang;
      const timer = setTimeout(resolve, LEAST_WAIT + piece.length * SLOWEST);
      const over = () => {
        clearTimeout(timer);
        resolve();
      };
      utterance.addEventListener("end", over);
      utterance.addEventListener("error", over);
      signal.addEventListener("abort", over, { once: true });
      this.synthesis?.speak(utterance);
    });
  }

  stop() {
    this.synthesis?.cancel();
  }
}
