/** `/upload`: a script in three acts, from file to character. */

import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { field } from "../field.js";
import { bytes, languageOf, number, percent } from "../format.js";
import { t } from "../i18n.js";
import { monogram } from "../monogram.js";
import { indexingProgress, meter } from "../progress.js";
import { learningFailure } from "../learning-failure.js";
import { knownStatus } from "../status.js";
import { repeat } from "../timing.js";
import { personaFields, readPersona, showRefusal } from "../upload/persona-form.js";
import { report } from "../upload/report.js";
import { dropZone, readingOptions } from "../upload/source.js";
import { speakerChooser } from "../upload/speakers.js";
import { Wizard } from "../upload/wizard.js";

const POLL_MS = 400;

/** @returns {Promise<import("../router.js").View>} */
export async function uploadView(_params, signal) {
  const service = await knownStatus();
  const title = t("nav.upload");
  if (!service.may_upload) {
    return { title, node: h("div", { class: "view blank" }, h("h1", {}, t("upload.heading")), h("p", {}, t("upload.forbidden"))) };
  }
  return { title, node: new UploadPage(service, signal).node };
}

class UploadPage {
  constructor(service, signal) {
    this.service = service;
    this.signal = signal;
    this.wizard = new Wizard(signal);
    this.typed = {};
    this.reading = h("div", { class: "act-body" });
    this.rest = h("div", { class: "acts" });
    this.node = h("div", { class: "view upload" },
      h("h1", {}, t("upload.heading")),
      h("p", { class: "upload-lead" }, t("upload.lead")),
      act(1, t("upload.act_file"), dropZone({ limit: service.upload_bytes, onFile: (file) => this.take(file) }), this.reading),
      this.rest);
  }

  take(file) {
    const { wizard } = this;
    Object.assign(wizard, { file, title: "", encoding: "", format: "", mayReplace: false, read: null });
    fill(this.rest);
    if (file.size > this.service.upload_bytes) {
      fill(this.reading, complaint(t("error.too_large_file", { size: bytes(file.size), limit: bytes(this.service.upload_bytes) })));
      return;
    }
    this.check();
  }

  async check() {
    const { wizard } = this;
    const bar = progressBar(t("upload.sending"), t("upload.parsing"));
    fill(this.reading, bar.node);
    try {
      await wizard.check(bar.update);
    } catch (error) {
      if (error.name === "AbortError") return;
      fill(this.rest);
      fill(this.reading, complaint(explain(error)), readingOptions(wizard, () => this.check()));
      return;
    }
    fill(this.reading, readingOptions(wizard, () => this.check()));
    this.drawRest();
  }

  drawRest() {
    const { wizard } = this;
    this.persona = h("div", { class: "act-body" });
    this.naming = h("div", {});
    fill(this.rest,
      act(2, t("upload.act_report"), report(wizard.read), this.naming, this.quickWay(),
        speakerChooser(wizard.read.speakers, wizard.chosen, () => this.drawPersona())),
      act(3, t("upload.act_character"), this.persona));
    this.drawNaming();
    this.drawPersona();
  }

  /** The title, and a question when it is taken. */
  drawNaming() {
    const { wizard } = this;
    const warning = h("div", { role: "status" });
    const warn = () => fill(warning, wizard.rival() && replaceQuestion(wizard));
    fill(this.naming, field({
      label: t("upload.title"), name: "title", value: wizard.title, maxlength: 200, hint: t("upload.title_hint"),
      on: { input: (event) => {
        wizard.title = event.target.value;
        wizard.mayReplace = false;
        warn();
      } },
    }), warning);
    warn();
  }

  quickWay() {
    const match = this.wizard.match();
    if (!match) return null;
    const box = h("div", {});
    const run = (event) => this.create({ name: match.name, speakers: [match.name] }, { box, button: event.currentTarget });
    return h("div", { class: "quick" },
      h("div", {},
        h("p", { class: "quick-title" }, t("quick.title", { name: match.name })),
        h("p", { class: "field-hint" }, t("quick.text", { name: match.name, n: match.lines, lines: number(match.lines) }))),
      h("button", { class: "button button-primary", type: "button", on: { click: run } }, t("quick.create", { name: match.name })),
      box);
  }

  drawPersona() {
    const { wizard } = this;
    this.keepTyped();
    const speakers = wizard.speakers();
    if (speakers.length === 0) {
      fill(this.persona, h("p", { class: "field-hint" }, t("upload.choose_first")));
      return;
    }
    const box = h("div", {});
    const suggested = { name: speakers[0].name, aliases: speakers.slice(1).map((speaker) => speaker.name).join(t("list.comma")) };
    const button = h("button", { class: "button button-primary" }, t("upload.create"));
    this.form = h("form", { class: "persona-form", novalidate: true, on: {
      submit: (event) => {
        event.preventDefault();
        const names = wizard.speakers().map((speaker) => speaker.name);
        this.create({ ...readPersona(event.target), speakers: names }, { box, button, form: event.target });
      },
      input: (event) => {
        this.typed[event.target.name] = event.target.value;
      },
    } }, personaFields({ ...suggested, ...this.typed }), box, h("div", { class: "actions" }, button));
    fill(this.persona, this.form);
  }

  /** An empty field is a suggestion again once the speakers change. */
  keepTyped() {
    this.typed = Object.fromEntries(Object.entries(this.typed).filter(([, value]) => value !== ""));
  }

  async create(fields, { box, button, form = null }) {
    const { wizard } = this;
    if (wizard.rival() && !wizard.mayReplace) {
      fill(box, complaint(t("upload.replace_first")));
      this.naming.querySelector("input[type=checkbox]")?.focus();
      return;
    }
    button.disabled = true;
    const bar = progressBar(t("upload.sending"), t("upload.storing"));
    fill(box, bar.node);
    try {
      const character = await wizard.create(fields, bar.update);
      this.drawIndexing(character);
    } catch (error) {
      if (error.name === "AbortError") return;
      button.disabled = false;
      if (form) showRefusal(form, box, error);
      else fill(box, complaint(explain(error)));
    }
  }

  drawIndexing(character) {
    const body = h("div", { class: "learning", role: "status" });
    const heading = h("h1", { tabindex: -1, lang: languageOf(character.name) }, character.name);
    fill(this.node, h("div", { class: "learning-head" }, monogram(character.name), heading), body);
    heading.focus();
    const draw = (current) => fill(body, learning(current));
    draw(character);
    repeat(async () => {
      const fresh = await this.wizard.character(character.slug).catch(() => null);
      if (fresh) draw(fresh);
      return fresh && fresh.status !== "indexing" ? null : POLL_MS;
    }, this.signal);
  }
}

function learning(character) {
  const open = h("a", { class: "button button-primary", href: `/characters/${encodeURIComponent(character.slug)}` }, t("upload.talk", { name: character.name }));
  if (character.status === "ready") return [h("p", {}, t("upload.ready", { n: character.examples, examples: number(character.examples) })), open];
  if (character.status === "failed") {
    return h("div", { class: "notice notice-bad", role: "alert" }, h("p", { class: "notice-title" }, t("character.failed")), h("p", {}, learningFailure(character)));
  }
  return [h("p", {}, t("upload.learning", { name: character.name })), indexingProgress(character.progress)];
}

function act(n, title, ...content) {
  return h("section", { class: "act" },
    h("h2", { class: "act-title" }, h("span", { class: "act-number" }, t(`act.${n}`)), " ", title),
    ...content);
}

const complaint = (text) => h("p", { class: "notice notice-bad", role: "alert", lang: languageOf(text) }, text);

/** Real progress while bytes travel; then the words change, as nobody knows how long parsing takes. */
function progressBar(sending, working) {
  const node = h("div", { role: "status" });
  const update = (share) => fill(node, meter(share, sending), h("p", { class: "progress-text" }, share < 1 ? `${sending} ${percent(share)}` : working));
  update(0);
  return { node, update };
}

function replaceQuestion(wizard) {
  const rival = wizard.rival();
  return h("div", { class: "notice notice-bad" },
    h("p", { class: "notice-title" }, t("replace.title", { title: rival.title })),
    h("p", {}, t("replace.text", { lines: number(rival.lines) })),
    h("label", { class: "check" },
      h("input", { type: "checkbox", name: "replace", on: { change: (event) => { wizard.mayReplace = event.target.checked; } } }),
      t("replace.sure")));
}
