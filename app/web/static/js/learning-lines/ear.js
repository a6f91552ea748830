/** A line spoken instead of typed: the browser's own recognition, where it has one. */

/**
 * The part of the browser's interface that is used; TypeScript's library leaves it out.
 * @typedef {EventTarget & {lang: string, interimResults: boolean, continuous: boolean, start: () => void,
 *   stop: () => void, abort: () => void}} Recognition
 * @typedef {Event & {results: ArrayLike<ArrayLike<{transcript: string}> & {isFinal: boolean}>}} Heard
 * @typedef {{new (): Recognition}} RecognitionKind
 */

/** @returns {RecognitionKind|null} */
function kind() {
  const known = /** @type {{SpeechRecognition?: RecognitionKind, webkitSpeechRecognition?: RecognitionKind}} */ (/** @type {unknown} */ (window));
  return known.SpeechRecognition ?? known.webkitSpeechRecognition ?? null;
}

export const mayListen = () => kind() !== null;

/** What recognisers call the languages of lines. @type {Record<string, string>} */
const SPOKEN = { "zh-Hans": "zh-CN", en: "en-US", ja: "ja-JP", ko: "ko-KR" };

/** The variant that the person uses, where it is the line's language. @param {string} lang */
function spokenLanguage(lang) {
  const own = navigator.languages.find((each) => each.split("-")[0] === lang.split("-")[0] && each.includes("-"));
  return own ?? SPOKEN[lang] ?? lang;
}

export class Ear {
  /** @param {AbortSignal} signal ends the listening */
  constructor(signal) {
    /** @type {Recognition|null} */
    this.listening = null;
    signal.addEventListener("abort", () => this.listening?.abort(), { once: true });
  }

  /** Ends, with what was heard so far. */
  stop() {
    this.listening?.stop();
  }

  /** Ends, and forgets what was heard. */
  leave() {
    this.listening?.abort();
  }

  /**
   * Listens until the person has spoken.
   * @param {string} lang
   * @param {(text: string) => void} heard called with everything heard so far
   * @returns {Promise<"heard"|"nothing"|"forbidden">}
   */
  listen(lang, heard) {
    const Kind = kind();
    if (!Kind || this.listening) return Promise.resolve("nothing");
    const recognition = new Kind();
    recognition.lang = spokenLanguage(lang);
    recognition.interimResults = true;
    recognition.continuous = false;
    this.listening = recognition;
    return new Promise((resolve) => {
      /** @type {"heard"|"nothing"|"forbidden"} */
      let outcome = "nothing";
      recognition.addEventListener("result", (event) => {
        const { results } = /** @type {Heard} */ (event);
        const text = Array.from(results, (each) => each[0].transcript).join("").trim();
        if (text) outcome = "heard";
        heard(text);
      });
      recognition.addEventListener("error", (event) => {
        const { error } = /** @type {Event & {error: string}} */ (event);
        if (error === "not-allowed" || error === "service-not-allowed") outcome = "forbidden";
      });
      recognition.addEventListener("end", () => {
        this.listening = null;
        resolve(outcome);
      });
      recognition.start();
    });
  }
}
