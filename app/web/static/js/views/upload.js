/** `/upload`: from any file to characters, in three acts. Nothing is stored before the last. */

import { ApiError, codeOf, get, isAbort } from "../api.js";
import { fill, focusOn, h, within } from "../dom.js";
import { explain } from "../errors.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { knownStatus } from "../status.js";
import { cardActs } from "../upload/card.js";
import { companionActs } from "../upload/companion.js";
import { fileList } from "../upload/files.js";
import { act, complaint, progressBar } from "../upload/notices.js";
import { pasteBox } from "../upload/paste.js";
import { rehearsal } from "../upload/rehearsal.js";
import { refusedRows } from "../upload/report.js";
import { ScriptActs } from "../upload/script-acts.js";
import { readingSentences } from "../upload/sentences.js";
import { dropZone } from "../upload/source.js";
import { suggestedEncoding, waysToRead } from "../upload/ways.js";
import { Wizard } from "../upload/wizard.js";

/** @import { OpenView } from "../router.js" */
/** @import { CharacterOut, ScriptFormats, ServiceStatus } from "../types.js" */
/** @import { Batch, Entry } from "../upload/batch.js" */
/** @import { OnProgress } from "../upload/wizard.js" */

/**
 * @param {Batch} batch outlives the view
 * @returns {import("../router.js").OpenView}
 */
export const uploadView = (batch) => async (_params, signal) => {
  const [service] = await Promise.all([knownStatus(), readingSentences()]);
  const title = t("nav.upload");
  if (!service.may_upload) {
    return { title, node: h("div", { class: "view blank" }, h("h1", {}, t("upload.heading")), h("p", {}, t("upload.forbidden"))) };
  }
  /** @type {ScriptFormats} */
  const formats = await get("/api/scripts/formats", signal);
  const stored = new URLSearchParams(location.search).get("script");
  if (!stored && batch.current.wasHere) batch.current = batch.entries[0]?.wizard ?? new Wizard();
  batch.begin(signal);
  if (stored && batch.current.stored?.id !== stored) {
    batch.current = new Wizard();
    batch.begin(signal);
    await batch.current.takeStored(stored);
  }
  return { title, node: new UploadPage(batch, service, formats.items).node };
};

class UploadPage {
  /** @param {Batch} batch @param {ServiceStatus} service @param {string[]} formats */
  constructor(batch, service, formats) {
    this.batch = batch;
    this.service = service;
    this.formats = formats;
    this.node = h("div", { class: "view upload" });
    this.source = h("div", { class: "act-body" });
    this.reading = h("div", { class: "act-body" });
    this.rest = h("div", { class: "acts" });
    this.drawFiles = () => {};
    this.draw();
  }

  /** The file that is on the page. */
  get wizard() {
    return this.batch.current;
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
      act(t("act.1"), t("upload.act_file"), this.source, this.reading),
      this.rest);
    this.drawSource();
    if (this.batch.isMany) this.goOn();
    else if (this.wizard.file) this.show();
  }

  drawSource() {
    const { batch } = this;
    const limit = this.service.upload_bytes;
    const files = batch.isMany ? fileList(batch, { onOpen: (entry) => this.open(entry), onChange: () => this.rearrange() }) : null;
    this.drawFiles = files?.draw ?? (() => {});
    fill(this.source,
      dropZone({ page: this.node, files: batch.entries.map((entry) => entry.file), limit, onFiles: (chosen) => this.take(chosen) }),
      pasteBox((file) => this.take([file])),
      files?.node);
  }

  /** Draws a file that was read, or reads it. */
  show() {
    if (this.wizard.read) this.drawScript();
    else if (this.wizard.inspection && this.wizard.kind !== "script") this.drawOther();
    else this.look();
  }

  /** @param {File[]} files */
  take(files) {
    this.batch.take(files);
    fill(this.rest);
    fill(this.reading);
    this.drawSource();
    if (this.batch.isMany) {
      this.goOn();
      return;
    }
    const limit = this.service.upload_bytes;
    if (files[0].size > limit) {
      fill(this.reading, complaint(t("error.too_large_file", { size: bytes(files[0].size), limit: bytes(limit) })));
      return;
    }
    this.look();
  }

  /** Reads the files that were not read yet, one after the other; then shows what they are together or the first of them. */
  async goOn() {
    const { batch } = this;
    const limit = this.service.upload_bytes;
    for (const entry of batch.entries.filter(({ state }) => state === "waiting" || state === "reading")) {
      if (entry.file.size > limit) {
        const message = t("error.too_large_file", { size: bytes(entry.file.size), limit: bytes(limit) });
        Object.assign(entry, { state: "failed", error: new ApiError({ status: 0, code: "too_large_here", message }) });
      } else {
        await batch.check(entry, () => this.drawFiles());
      }
      if (batch.signal.aborted) {
        entry.state = "waiting"; // the view was left meanwhile
        return;
      }
      if (!batch.entries.includes(entry)) return;
    }
    this.drawFiles();
    if (batch.isTogether) await this.join();
    else this.open(batch.entries.find(({ wizard, state }) => state === "read" && wizard === batch.current) ?? batch.entries.find(({ state }) => state === "read"));
  }

  /** After another order, another choice, or a file that was left out. */
  rearrange() {
    fill(this.rest);
    fill(this.reading);
    const { batch } = this;
    // What was joined is joined anew.
    if (!batch.entries.some(({ wizard }) => wizard === batch.current)) batch.current = batch.entries[0]?.wizard ?? batch.current;
    this.drawSource();
    if (batch.isMany) this.goOn();
    else if (batch.entries.length === 1) this.show();
  }

  /** Reads all files as one script. */
  async join() {
    if (!this.batch.entries.some((entry) => entry.wizard === this.wizard) && this.wizard.read) {
      this.drawScript();
      return;
    }
    const joined = await this.batch.joined();
    this.batch.current = joined;
    this.check();
  }

  /** @param {Entry|undefined} entry */
  open(entry) {
    if (!entry) return;
    this.batch.current = entry.wizard;
    fill(this.rest);
    fill(this.reading);
    this.drawFiles();
    this.show();
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

  /** The acts of a script that was read. */
  acts() {
    return new ScriptActs(this.wizard, (characters) => this.drawRehearsal(characters));
  }

  /** Further characters of a script that is here. */
  drawStored() {
    const { report: found } = this.wizard;
    fill(this.node,
      h("p", { class: "eyebrow" }, h("a", { href: `/scripts/${found.id}` }, found.title)),
      h("h1", {}, t("upload.from_stored")),
      this.acts().ofStored());
  }

  drawScript() {
    fill(this.reading, this.waysToRead());
    fill(this.rest, this.acts().ofFile());
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
    const { batch, wizard } = this;
    batch.made(wizard);
    const next = batch.next();
    const another = () => {
      this.draw();
      within(this.node, "input").focus();
    };
    const onward = () => {
      batch.current = next?.wizard ?? batch.current;
      this.draw();
    };
    const after = next
      ? { label: t("rehearsal.next", { name: next.file.name }), run: onward }
      : { label: t("rehearsal.another"), run: another };
    const { heading, node } = rehearsal(wizard, characters, after);
    fill(this.node, node);
    heading.focus();
    if (next) return;
    batch.entries = [];
    batch.current = new Wizard();
    batch.current.signal = batch.signal;
  }
}
