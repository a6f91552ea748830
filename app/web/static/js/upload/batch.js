/** The files of an upload: one, several that are one script in their order, or several of their own. */

import { Wizard } from "./wizard.js";
import { zipOf } from "./zip.js";

/** @import { OnProgress } from "./wizard.js" */

/**
 * @typedef {object} Entry
 * @property {number} id
 * @property {File} file
 * @property {Wizard} wizard reads this file alone
 * @property {"waiting"|"reading"|"read"|"failed"|"made"} state
 * @property {number} progress the share that was sent, 0 to 1
 * @property {unknown} error
 */

/** Numbers in any writing, which part the files of one script: `ep01`, `第三集`. */
const NUMBERS = /[0-9０-９零〇一二三四五六七八九十百两]+/g;
const TEXTS = /\.(txt|text|md|markdown|csv|tsv|fountain|fdx|srt|sbv|vtt|ass|ssa|sub|smi|sami|ttml|dfxp|rpym?|ink|yarn|twee2?|tw2?|ks|nani|docx|odt|pdf|html?)$/i;

export class Batch {
  constructor() {
    /** @type {Entry[]} */
    this.entries = [];
    this.isTogether = false;
    /** The wizard whose file is on the page. */
    this.current = new Wizard();
    this.signal = AbortSignal.abort();
    this.latest = 0;
  }

  /** @param {AbortSignal} signal */
  begin(signal) {
    this.signal = signal;
    for (const wizard of [this.current, ...this.entries.map((entry) => entry.wizard)]) wizard.signal = signal;
  }

  get isMany() {
    return this.entries.length > 1;
  }

  /** Takes one file or several; what was here before is left. @param {File[]} files */
  take(files) {
    this.entries = files.map((file) => this.entry(file));
    this.isTogether = this.isMany && areOneStory(files);
    this.current = this.entries[0].wizard;
  }

  /** Adds to the files that are here. @param {File[]} files */
  add(files) {
    this.entries.push(...files.map((file) => this.entry(file)));
  }

  /** @param {File} file @returns {Entry} */
  entry(file) {
    const wizard = new Wizard();
    wizard.signal = this.signal;
    wizard.take(file);
    this.latest += 1;
    return { id: this.latest, file, wizard, state: "waiting", progress: 0, error: null };
  }

  /** @param {Entry} entry */
  drop(entry) {
    this.entries = this.entries.filter((each) => each !== entry);
    if (this.entries.length === 1) this.isTogether = false;
    if (this.current === entry.wizard || !this.isMany) this.current = this.entries[0]?.wizard ?? new Wizard();
    this.current.signal = this.signal;
  }

  /** @param {Entry} entry @param {-1|1} step */
  move(entry, step) {
    const at = this.entries.indexOf(entry);
    const to = at + step;
    if (to < 0 || to >= this.entries.length) return;
    [this.entries[at], this.entries[to]] = [this.entries[to], this.entries[at]];
  }

  /**
   * Reads one file alone.
   * @param {Entry} entry
   * @param {() => void} onChange
   */
  async check(entry, onChange) {
    Object.assign(entry, { state: "reading", progress: 0, error: null });
    onChange();
    try {
      await entry.wizard.look((share) => {
        entry.progress = share;
        onChange();
      });
      entry.state = "read";
    } catch (error) {
      Object.assign(entry, { state: "failed", error });
    }
    onChange();
  }

  /** A wizard of all files as one script, in their order. */
  async joined() {
    const wizard = new Wizard();
    wizard.signal = this.signal;
    wizard.take(await zipOf(this.entries.map((entry) => entry.file), `${commonName(this.entries.map((entry) => entry.file.name))}.zip`));
    return wizard;
  }

  /** The next file of which no characters were made yet. */
  next() {
    return this.isTogether ? undefined : this.entries.find((entry) => entry.state === "read" && entry.wizard !== this.current);
  }

  /** @param {Wizard} wizard */
  made(wizard) {
    const entry = this.entries.find((each) => each.wizard === wizard);
    if (entry) entry.state = "made";
  }
}

/** Whether the names of these files differ in numbers only, as those of one script's parts do. @param {File[]} files */
export function areOneStory(files) {
  if (!files.every((file) => TEXTS.test(file.name))) return false;
  return new Set(files.map((file) => file.name.toLowerCase().replace(NUMBERS, "#"))).size === 1;
}

/** What several names begin with, without a number that was cut in two. @param {string[]} names */
export function commonName(names) {
  const stems = names.map((name) => name.replace(/\.[^.]*$/, ""));
  let length = 0;
  while (length < stems[0].length && stems.every((stem) => stem[length] === stems[0][length])) length += 1;
  const common = stems[0].slice(0, length).replace(/[\s\-_.]*(?:episode|part|scene|act|ep|第)?[\s\-_.0-9]*$/i, "").trim();
  return common || stems[0];
}
