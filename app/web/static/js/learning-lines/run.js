/** A rehearsal, cue by cue: the others' lines, one's own, what was missed, and on. */

import { isAbort, post } from "../api.js";
import { h } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { choices, SHOWN, shownNow, voicesOn } from "./choices.js";
import { Controls, isCall } from "./controls.js";
import { Ear, mayListen } from "./ear.js";
import { knownText } from "./link.js";
import { resultText } from "./results.js";
import { Transcript } from "./transcript.js";

/** @import { Shown } from "./choices.js" */
/** @import { Source } from "./sources.js" */
/** @import { Voices } from "./voices.js" */
/** @import { AttemptOut, PartOut, RehearsedLineOut } from "../types.js" */

/** @typedef {{line: RehearsedLineOut, rating: AttemptOut["rating"]}} Tried a line and its first attempt */

const PROMPTED = /** @type {const} */ (["none", "words", "more", "all"]);

export class Run {
  /**
   * @param {{path: string, part: PartOut, source: Source, voices: Voices, signal: AbortSignal,
   *   ended: (tried: Tried[], last: number) => void}} options
   *   ended: gets what was tried, and the number of the last line that came
   */
  constructor({ path, part, source, voices, signal, ended }) {
    this.path = path;
    this.source = source;
    this.voices = voices;
    this.signal = signal;
    this.ended = ended;
    this.ear = new Ear(signal);
    this.reading = new AbortController();
    /** @type {Map<string, Tried>} */
    this.tried = new Map();
    /** @type {RehearsedLineOut|null} */
    this.line = null;
    this.last = 0;
    this.prompts = 0;
    /** @type {Shown} the most that was shown of the present line */
    this.seen = "hidden";
    this.isOver = false;
    this.transcript = new Transcript(part.display);
    this.known = h("p", { class: "learn-count" }, knownText(part));
    this.controls = new Controls({
      check: (typed) => this.check(typed),
      call: () => this.call(),
      next: () => this.next(),
      again: () => this.tryAgain(),
      stop: () => this.stop(),
      speak: () => this.speak(),
      skip: () => this.reading.abort(),
      mayListen: mayListen(),
    });
    const lang = languageOf(part.display);
    this.node = h("section", { class: "learn-run" },
      h("header", { class: "learn-top" },
        h("h1", { lang }, t("learn.run", { name: part.display })), this.known,
        h("details", { class: "learn-options" }, h("summary", {}, t("learn.options")),
          choices({ voices, lang, changed: () => this.redraw(), mayListen: mayListen() }))),
      this.transcript.node, this.controls.node);
    signal.addEventListener("abort", () => this.reading.abort(), { once: true });
  }

  async next() {
    try {
      this.controls.say("");
      const line = await this.source.next();
      if (this.isOver) return;
      if (line === null) this.stop();
      else await this.cue(line);
    } catch (error) {
      this.fail(error);
    }
  }

  /** The others' lines, and then one's own. @param {RehearsedLineOut} line */
  async cue(line) {
    this.line = line;
    this.last = line.number;
    this.prompts = 0;
    this.seen = "hidden";
    this.reading = new AbortController();
    const isNew = this.transcript.scene !== line.scene;
    this.transcript.heading(line);
    if (line.lead.length === 0) this.transcript.note(t(isNew && line.cue === "" ? "learn.opening" : "learn.continues"));
    if (voicesOn()) await this.readAloud(line);
    else for (const each of line.lead) this.transcript.cue(each);
    if (this.isOver) return;
    this.transcript.begin(line);
    this.controls.input.value = "";
    this.wait();
  }

  /** @param {RehearsedLineOut} line */
  async readAloud(line) {
    this.controls.show("reading");
    for (const each of line.lead) {
      const node = this.transcript.cue(each);
      node.classList.add("is-heard");
      if (!this.reading.signal.aborted) await this.voices.read(each, this.reading.signal);
      node.classList.remove("is-heard");
    }
  }

  /** Until the line is said. */
  wait() {
    this.controls.prompts = this.prompts;
    this.controls.show("saying");
    this.draw();
  }

  draw() {
    if (!this.line) return;
    const shown = shownNow();
    this.seen = SHOWN[Math.max(SHOWN.indexOf(this.seen), SHOWN.indexOf(shown))];
    this.transcript.wait(this.line, shown, this.prompted(this.line));
  }

  /** What the prompter has said of a line by now. @param {RehearsedLineOut} line */
  prompted({ words, more, text }) {
    return ["", words, more, text][this.prompts];
  }

  /** Another choice was made in the middle. */
  redraw() {
    if (this.controls.stage === "saying") this.draw();
  }

  call() {
    if (!this.line || this.prompts >= 3) return;
    this.prompts += 1;
    this.wait();
    this.controls.say(t("learn.prompted", { text: this.prompted(this.line) }), { seen: false });
  }

  /** @param {string} typed */
  async check(typed) {
    const { line } = this;
    if (!line) return;
    const asks = typed === "" || (isCall(typed) && !isCall(line.text));
    if (asks && shownNow() === "text") {
      if (!this.tried.has(line.line)) this.tried.set(line.line, { line, rating: null });
      this.next();
      return;
    }
    if (asks && this.prompts < 3) {
      this.controls.input.value = "";
      this.call();
      return;
    }
    const isSecond = this.tried.has(line.line);
    const prompted = PROMPTED[this.prompts];
    // A line that was just seen is not remembered: a second try is marked alone.
    const shown = isSecond ? "text" : this.seen;
    this.controls.show("checking", { focus: false });
    try {
      /** @type {AttemptOut} */
      const done = await post(`${this.path}/attempts`, { line: line.line, typed: asks ? "" : typed, prompted, shown }, this.signal);
      if (this.isOver) return;
      if (!isSecond) this.tried.set(line.line, { line, rating: done.rating });
      this.known.textContent = knownText(done.part);
      this.transcript.marked(done);
      this.controls.show("marked");
      this.controls.say(resultText(done, { prompted: prompted === "all", counts: !isSecond }));
      this.transcript.reveal();
    } catch (error) {
      this.controls.show("saying");
      this.fail(error);
    }
  }

  tryAgain() {
    this.prompts = 0;
    this.transcript.unmarked();
    this.controls.input.value = "";
    this.controls.say("");
    this.wait();
  }

  async speak() {
    if (!this.line) return;
    if (this.controls.stage === "listening") {
      this.ear.stop();
      return;
    }
    this.controls.show("listening", { focus: false });
    this.controls.say(t("learn.listening"));
    const outcome = await this.ear.listen(languageOf(this.line.text), (text) => { this.controls.input.value = text; });
    if (this.isOver) return;
    this.controls.show("saying");
    this.controls.say(outcome === "heard" ? "" : t(outcome === "forbidden" ? "learn.no_microphone" : "learn.not_heard"));
  }

  stop() {
    if (this.isOver) return;
    this.isOver = true;
    this.reading.abort();
    this.ear.leave();
    this.ended([...this.tried.values()], this.last);
  }

  /** @param {unknown} error */
  fail(error) {
    if (!isAbort(error)) this.controls.say(explain(error));
  }
}
