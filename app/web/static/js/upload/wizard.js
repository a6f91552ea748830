/** What the upload view knows, and its requests. Pure state: views draw it. */

import { get, getAll, post, upload } from "../api.js";

export class Wizard {
  constructor(signal) {
    this.signal = signal;
    /** @type {File|null} */
    this.file = null;
    this.encoding = "";
    this.format = "";
    this.title = "";
    /** @type {object|null} the ScriptReport of the dry run */
    this.read = null;
    this.chosen = new Set();
    /** @type {object[]} scripts stored already */
    this.scripts = [];
    this.mayReplace = false;
  }

  /** Reads the file without storing it. A newer call supersedes a running one. */
  async check(onProgress) {
    this.checking?.abort();
    this.checking = new AbortController();
    const signal = AbortSignal.any([this.signal, this.checking.signal]);
    const [read, scripts] = await Promise.all([
      upload("/api/scripts?dry_run=true", this.form(), { onProgress, signal }),
      getAll("/api/scripts", signal),
    ]);
    this.read = read;
    this.scripts = scripts;
    this.title ||= read.title;
    const names = new Set(read.speakers.map((speaker) => speaker.name));
    this.chosen = new Set([...this.chosen].filter((name) => names.has(name)));
    if (this.chosen.size === 0 && this.match()) this.chosen.add(this.match().name);
  }

  form() {
    const form = new FormData();
    form.set("file", this.file);
    if (this.encoding) form.set("encoding", this.encoding);
    if (this.format) form.set("format", this.format);
    if (this.title) form.set("title", this.title);
    return form;
  }

  /** The speaker the file is named after, if any: the one-click way. */
  match() {
    const stem = this.file.name.replace(/\.[^.]*$/, "").trim().toLowerCase();
    return this.read.speakers.find((speaker) => speaker.name.toLowerCase() === stem) ?? null;
  }

  /** The chosen speakers, most lines first. */
  speakers() {
    return this.read.speakers.filter((speaker) => this.chosen.has(speaker.name));
  }

  /** The stored script whose place this upload would take. */
  rival() {
    return this.scripts.find((script) => script.title === this.title.trim()) ?? null;
  }

  /** Stores the script, then makes the character. */
  async create(fields, onProgress) {
    const stored = await upload("/api/scripts", this.form(), { onProgress, signal: this.signal });
    return post("/api/characters", { ...fields, script_ids: [stored.id] }, this.signal);
  }

  character(slug) {
    return get(`/api/characters/${encodeURIComponent(slug)}`, this.signal);
  }
}
