/** The scene as it is rehearsed: cues, the place of one's own line, and what became of it. */

import { fill, h } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { spokenText } from "../stage-text.js";
import { sceneName } from "./link.js";

/** @import { Shown } from "./choices.js" */
/** @import { AttemptOut, LeadLine, MarkedPieceOut, RehearsedLineOut } from "../types.js" */

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export class Transcript {
  /** @param {string} name the part, as it is shown */
  constructor(name) {
    this.name = name;
    /** @type {number|null} */
    this.scene = null;
    this.list = h("div", { class: "learn-scene", role: "log", "aria-label": t("learn.run", { name }) });
    this.slot = h("div", {});
    this.node = this.list;
  }

  /** @param {RehearsedLineOut} line */
  heading(line) {
    if (line.scene === this.scene) return;
    this.scene = line.scene;
    const name = sceneName(line);
    this.list.append(h("h2", { class: "learn-heading", lang: languageOf(name) }, name));
  }

  /** A line of another, or a note. @param {LeadLine} line @returns {HTMLElement} */
  cue(line) {
    const node = h("div", { class: "learn-cue", lang: languageOf(line.text) },
      h("p", { class: "play-speaker" }, line.speaker),
      h("p", { class: "learn-words" }, spokenText(line)));
    this.list.append(node);
    reveal(node);
    return node;
  }

  /** @param {string} text */
  note(text) {
    this.list.append(h("p", { class: "learn-note" }, text));
  }

  /** Makes the place of the part's next line. @param {RehearsedLineOut} line */
  begin(line) {
    this.slot = h("div", { class: "learn-own", lang: languageOf(line.text) });
    this.list.append(this.slot);
  }

  /**
   * The place of the line while it is to be said.
   * @param {RehearsedLineOut} line @param {Shown} shown @param {string} prompted
   */
  wait(line, shown, prompted) {
    const hint = { hidden: "", initials: line.initials, text: line.text }[shown];
    fill(this.slot,
      h("p", { class: "play-speaker" }, this.name),
      h("p", { class: shown === "text" ? "learn-words" : "learn-words is-hint" },
        hint || h("span", { class: "learn-blank", "aria-hidden": "true" })),
      prompted && h("p", { class: "learn-prompt" }, prompted));
    reveal(this.slot);
  }

  /** Scrolls to the place of the line, after the controls have grown. */
  reveal() {
    reveal(this.slot);
  }

  /** The line, marked. @param {AttemptOut} done */
  marked(done) {
    fill(this.slot,
      h("p", { class: "play-speaker" }, this.name),
      h("p", { class: "learn-words" }, done.pieces.map(piece)));
    this.slot.classList.add(done.wrong === 0 ? "is-right" : "is-wrong");
  }

  /** Takes the marks away, to try again. */
  unmarked() {
    this.slot.classList.remove("is-right", "is-wrong");
  }
}

/** @param {MarkedPieceOut} item */
function piece({ text, mark }) {
  if (mark === "right") return text;
  if (mark === "given") return h("span", { class: "direction" }, text);
  const said = h("span", { class: "visually-hidden" }, t(`learn.mark_${mark}`), " ");
  if (mark === "added") return h("s", { class: "learn-added" }, said, text);
  const [, words, rest] = /** @type {RegExpExecArray} */ (/^([\s\S]*?)([\s\p{P}]*)$/u.exec(text));
  return [h("mark", { class: "learn-missed" }, said, words), rest];
}

/** Scrolls it above the controls at the foot of the page. @param {HTMLElement} node */
function reveal(node) {
  if (node.isConnected) node.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
}
