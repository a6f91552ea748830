/** `/upload`: from any file to characters, in three acts. Nothing is stored before the last. */

import { codeOf, get, isAbort } from "../api.js";
import { fill, focusOn, h, within } from "../dom.js";
import { explain } from "../errors.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { knownStatus } from "../status.js";
import { cardActs } from "../upload/card.js";
import { Cast } from "../upload/cast.js";
import { companionActs } from "../upload/companion.js";
import { suggestedMerges } from "../upload/merges.js";
import { naming } from "../upload/naming.js";
import { act, complaint, progressBar } from "../upload/notices.js";
import { rehearsal } from "../upload/rehearsal.js";
import { refusedRows, report } from "../upload/report.js";
import { dropZone } from "../upload/source.js";
import { speakerChooser } from "../upload/speakers.js";
import { suggestedEncoding, waysToRead } from "../upload/ways.js";

/** @import { OpenView } from "../router.js" */
/** @import { CharacterOut, ScriptFormats, ServiceStatus } from "../types.js" */
/** @import { OnMerge } from "../upload/merges.js" */
/** @import { OnProgress, Wizard } from "../upload/wizard.js" */

/**
 * @param {Wizard} wizard outlives the view
 * @returns {import("../router.js").OpenView}
 */
export const uploadView = (wizard) => async (_params, signal) => {
  const service = await knownStatus();
  const title = t("nav.upload");
  if (!service.may_upload) {
    return { title, node: h("div", { class: "view blank" }, h("h1", {}, t("upload.heading")), h("p", {}, t("upload.forbidden"))) };
  }
  /** @type {ScriptFormats} */
  const formats = await get("/api/scripts/formats", signal);
  wizard.signal = signal;
  const stored = new URLSearchParams(location.search).get("script");
  if (stored && wizard.stored?.id !== stored) await wizard.takeStored(stored);
  else if (!stored && wizard.wasHere) wizard.forget();
  return { title, node: new UploadPage(wizard, service, formats.items).node };
};

class UploadPage {
  /** @param {Wizard} wizard @param {ServiceStatus} service @param {string[]} formats */
  constructor(wizard, service, formats) {
    this.wizard = wizard;
    this.service = service;
    this.formats = formats;
    this.node = h("div", { class: "view upload" });
    this.reading = h("div", { class: "act-body" });
    this.rest = h("div", { class: "acts" });
    this.people = h("div", { class: "act-body" });
    this.cast = new Cast(wizard, () => this.create());
    this.foot = h("div", { class: "act-body" });
    this.reported = h("div", {});
    this.naming = h("div", {});
    this.button = h("button", {});
    this.box = h("div", {});
    this.draw();
  }

  /** The page as far as the wizard has come. */
  draw() {
    this.reading = h("div", { class: "act-body" });
    this.rest = h("div", { class: "acts" });
    if (this.wizard.wasHere) {
      this.drawStored();
      return;
    }
    fill(this.node,
      h("h1", {}, t("upload.heading")),
      h("p", { class: "upload-lead" }, t("upload.lead")),
      act(t("act.1"), t("upload.act_file"),
        dropZone({ page: this.node, file: this.wizard.file, limit: this.service.upload_bytes, onFile: (file) => this.take(file) }), this.reading),
      this.rest);
    if (!this.wizard.file) return;
    if (this.wizard.read) this.drawScript();
    else if (this.wizard.inspection && this.wizard.kind !== "script") this.drawOther();
    else this.look();
  }

  /** @param {File} file */
  take(file) {
    this.wizard.take(file);
    fill(this.rest);
    if (file.size > this.service.upload_bytes) {
      fill(this.reading, complaint(t("error.too_large_file", { size: bytes(file.size), limit: bytes(this.service.upload_bytes) })));
      return;
    }
    this.look();
  }

  look() {
    return this.read((onProgress) => this.wizard.look(onProgress));
  }

  check() {
    return this.read((onProgress) => this.wizard.check(onProgress));
  }

  /**
   * Shows progress, then the script, or the error with other ways to read the file.
   * @param {(onProgress: OnProgress) => Promise<void>} work
   */
  async read(work) {
    const bar = progressBar(t("upload.sending"), t("upload.parsing"));
    const focused = document.activeElement?.getAttribute("name");
    fill(this.reading, bar.node);
    this.rest.inert = true;
    try {
      await work(bar.update);
    } catch (error) {
      if (isAbort(error)) return;
      this.rest.inert = false;
      if (codeOf(error) !== "offline") fill(this.rest);
      fill(this.reading, complaint(explain(error)), refusedRows(error), suggestedEncoding(this.wizard, error, () => this.check()), this.waysToRead(), this.again(work));
      this.refocus(focused);
      return;
    }
    this.rest.inert = false;
    if (this.wizard.kind === "script") this.drawScript();
    else this.drawOther();
    this.refocus(focused);
  }

  /**
   * A select that made the file be read again was drawn anew; the keyboard is still there.
   * @param {string|null|undefined} name
   */
  refocus(name) {
    if (name) focusOn(this.reading.querySelector(`[name="${name}"]`));
  }

  /** @param {(onProgress: OnProgress) => Promise<void>} work */
  again(work) {
    return h("div", {}, h("button", { class: "button", type: "button", on: { click: () => this.read(work) } }, t("retry")));
  }

  waysToRead() {
    return waysToRead(this.wizard, this.formats, () => this.check());
  }

  /** Further characters of a script that is here. */
  drawStored() {
    this.prepareCast();
    fill(this.node,
      h("p", { class: "eyebrow" }, h("a", { href: `/scripts/${this.wizard.report.id}` }, this.wizard.report.title)),
      h("h1", {}, t("upload.from_stored")),
      act(t("act.1"), t("speakers.heading"), this.people),
      act(t("act.2"), t("upload.act_character"), this.cast.node, this.foot));
    this.drawPeople();
    this.drawCast();
  }

  prepareCast() {
    this.people = h("div", { class: "act-body" });
    this.cast = new Cast(this.wizard, () => this.create());
    this.foot = h("div", { class: "act-body" });
  }

  drawScript() {
    fill(this.reading, this.waysToRead());
    this.prepareCast();
    this.reported = h("div", {}, report(this.wizard.report));
    this.naming = naming(this.wizard);
    fill(this.rest,
      act(t("act.2"), t("upload.act_report"), this.reported, this.naming, this.people),
      act(t("act.3"), t("upload.act_character"), this.cast.node, this.foot));
    this.drawPeople();
    this.drawCast();
  }

  drawPeople() {
    /** @type {OnMerge} */
    const changed = ({ readAgain = true } = {}) => (readAgain ? this.readMerged() : this.drawPeople());
    fill(this.people,
      this.quickWay(),
      suggestedMerges(this.wizard, changed),
      speakerChooser(this.wizard, { onChoose: () => this.drawCast(), onMerge: changed }));
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
    const wasOpen = this.reported.querySelector("details")?.open ?? false;
    fill(this.reported, report(this.wizard.report, wasOpen));
    this.drawPeople();
    this.drawCast();
    this.people.prepend(note);
    note.textContent = t("merges.done", { n: this.wizard.report.speakers.length });
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
    if (!match || this.wizard.chosen.size > 1) return null;
    const run = () => {
      this.wizard.chosen = new Set([match.name]);
      this.drawPeople();
      this.drawCast();
      this.create();
    };
    return h("div", { class: "quick" },
      h("div", {},
        h("p", { class: "quick-title" }, t("quick.title", { name: match.name })),
        h("p", { class: "field-hint" }, t("quick.text", { name: match.name, lines: match.lines }))),
      h("button", { class: "button button-primary", type: "button", on: { click: run } }, t("quick.create", { name: match.name })));
  }

  async create() {
    if (!this.cast.isComplete()) return;
    this.button.disabled = true;
    const bar = progressBar(t("upload.sending"), t("upload.storing"));
    fill(this.box, bar.node);
    try {
      this.drawRehearsal(await this.wizard.create(this.cast.read(), bar.update));
    } catch (error) {
      if (isAbort(error)) return;
      this.button.disabled = false;
      if (codeOf(error) === "replace_first") this.askToReplace();
      fill(this.box, !this.cast.refuse(error) && complaint(explain(error)));
    }
  }

  askToReplace() {
    const fresh = naming(this.wizard);
    this.naming.replaceWith(fresh);
    this.naming = fresh;
    focusOn(fresh.querySelector("input[type=checkbox]"));
  }

  /** Draws a card, or a file for an existing character. */
  async drawOther() {
    fill(this.reading);
    if (this.wizard.kind === "card") {
      fill(this.rest, cardActs(this.wizard, (character) => this.drawRehearsal([character])));
      return;
    }
    try {
      fill(this.rest, await companionActs(this.wizard));
    } catch (error) {
      if (!isAbort(error)) fill(this.reading, complaint(explain(error)));
    }
  }

  /** @param {CharacterOut[]} characters */
  drawRehearsal(characters) {
    const another = () => {
      this.draw();
      within(this.node, "input").focus();
    };
    const { heading, node } = rehearsal(this.wizard, characters, another);
    fill(this.node, node);
    heading.focus();
    this.wizard.forget();
  }
}
