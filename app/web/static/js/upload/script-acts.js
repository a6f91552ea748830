/** The acts of a script that was read: the script beside its speakers, and the characters made of them. */

import { codeOf, isAbort } from "../api.js";
import { fill, focusOn, h } from "../dom.js";
import { explain } from "../errors.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { Cast } from "./cast.js";
import { Lights } from "./lights.js";
import { suggestedMerges } from "./merges.js";
import { naming } from "./naming.js";
import { act, complaint, progressBar } from "./notices.js";
import { otherKindWarning } from "./other-kind.js";
import { figures, rejections } from "./report.js";
import { ScriptPages } from "./script-pages.js";
import { Sheet } from "./sheet.js";
import { speakerChooser } from "./speakers.js";

/** @import { CharacterOut } from "../types.js" */
/** @import { OnMerge } from "./merges.js" */
/** @import { Wizard } from "./wizard.js" */

export class ScriptActs {
  /** @param {Wizard} wizard @param {(characters: CharacterOut[]) => void} onMade */
  constructor(wizard, onMade) {
    this.wizard = wizard;
    this.onMade = onMade;
    this.lights = new Lights();
    this.people = h("div", { class: "act-body" });
    this.sheet = h("div", { class: "reveal-sheet" });
    this.cast = new Cast(wizard, () => this.create());
    this.foot = h("div", { class: "act-body" });
    this.reported = h("div", { class: "report" }, figures(wizard.report));
    this.doubts = h("div", {}, rejections(wizard.report));
    this.warning = h("div", {}, otherKindWarning(wizard));
    this.naming = naming(wizard);
    this.button = h("button", {});
    this.box = h("div", {});
  }

  /** Acts two and three of a file. */
  ofFile() {
    const acts = [
      act(t("act.2"), t("upload.act_report"), this.warning, this.reported, this.reveal(), this.doubts, this.naming),
      act(t("act.3"), t("upload.act_character"), this.cast.node, this.foot),
    ];
    this.drawPeople();
    this.drawCast();
    return acts;
  }

  /** Both acts of a script that is stored already. */
  ofStored() {
    const acts = [
      act(t("act.1"), t("speakers.heading"), this.reveal()),
      act(t("act.2"), t("upload.act_character"), this.cast.node, this.foot),
    ];
    this.drawPeople();
    this.drawCast();
    return acts;
  }

  /** The script beside its speakers. */
  reveal() {
    this.drawSheet();
    return h("div", { class: "reveal" }, this.sheet, h("div", { class: "reveal-people" }, this.people));
  }

  drawSheet() {
    const { wizard } = this;
    const pages = new ScriptPages(wizard);
    fill(this.sheet, new Sheet({ read: (cursor) => pages.read(cursor), display: (name) => wizard.display(name) }, this.lights).node);
  }

  drawPeople() {
    /** @type {OnMerge} */
    const changed = ({ readAgain = true } = {}) => (readAgain ? this.readMerged() : this.drawPeople());
    fill(this.people,
      this.quickWay(),
      suggestedMerges(this.wizard, changed),
      speakerChooser(this.wizard, { onChoose: () => this.drawCast(), onMerge: changed, lights: this.lights }));
  }

  /** Reads the file once more after a merge; the page keeps its place meanwhile. */
  async readMerged() {
    const note = h("p", { class: "visually-hidden", role: "status", tabindex: -1 }, t("upload.parsing"));
    this.people.prepend(note);
    this.people.inert = true;
    try {
      await this.wizard.check(() => {});
    } catch (error) {
      if (isAbort(error)) return;
      this.people.inert = false;
      this.people.prepend(complaint(explain(error)));
      return;
    }
    this.people.inert = false;
    const wasOpen = this.doubts.querySelector("details")?.open ?? false;
    fill(this.reported, figures(this.wizard.report));
    fill(this.doubts, rejections(this.wizard.report, wasOpen));
    this.drawPeople();
    this.drawCast();
    this.drawSheet();
    this.people.prepend(note);
    note.textContent = t("merges.done", { n: number(this.wizard.report.speakers.length) });
    note.focus({ preventScroll: true });
  }

  drawCast() {
    this.cast.draw();
    const n = this.wizard.chosen.size;
    this.button = h("button", { class: "button button-primary", type: "button", on: { click: () => this.create() } }, t("cast.create", { n }));
    this.box = h("div", {});
    fill(this.foot, n > 0 && [this.box, h("div", { class: "actions" }, this.button)]);
  }

  quickWay() {
    const match = this.wizard.match();
    if (!match || this.wizard.chosen.size > 1 || this.wizard.report.other_kind) return null;
    const name = this.wizard.display(match.name);
    const run = () => {
      this.wizard.chosen = new Set([match.name]);
      this.drawPeople();
      this.drawCast();
      this.create();
    };
    return h("div", { class: "quick" },
      h("div", {},
        h("p", { class: "quick-title" }, t("quick.title", { name })),
        h("p", { class: "field-hint" }, t("quick.text", { name, n: match.lines, lines: number(match.lines) }))),
      h("button", { class: "button button-primary", type: "button", on: { click: run } }, t("quick.create", { name })));
  }

  async create() {
    if (!this.cast.isComplete()) return;
    this.button.disabled = true;
    const bar = progressBar(t("upload.sending"), t("upload.storing"));
    fill(this.box, bar.node);
    try {
      this.onMade(await this.wizard.create(this.cast.read(), bar.update));
    } catch (error) {
      if (isAbort(error)) return;
      this.button.disabled = false;
      if (codeOf(error) === "replace_first") this.askToReplace();
      if (codeOf(error) === "confirm_kind") focusOn(this.warning.querySelector("input[type=checkbox]"));
      fill(this.box, !this.cast.refuse(error) && complaint(explain(error)));
    }
  }

  askToReplace() {
    const fresh = naming(this.wizard);
    this.naming.replaceWith(fresh);
    this.naming = fresh;
    focusOn(fresh.querySelector("input[type=checkbox]"));
  }
}
