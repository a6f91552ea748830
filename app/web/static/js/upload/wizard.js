/**
 * What the upload view knows, and its requests. Pure state: views draw it. It outlives a view, so
 * that whoever changes the language or comes back finds everything typed.
 */

import { ApiError, get, getAll, post, upload } from "../api.js";

/** Files that can only be scripts are read as such at once; others are looked at first. */
const SCRIPT_NAMES = /\.(txt|text|md|markdown|csv|tsv|tab|fountain|spmd|fdx|srt|vtt|ass|ssa|xlsx|docx|epub|html?|xhtml)$/i;

const MOST_ALIASES = 20;

export class Wizard {
  constructor() {
    /** @type {AbortSignal} of the view that shows it */
    this.signal = AbortSignal.abort();
    this.forget();
  }

  /** Back to where no file was chosen. */
  forget() {
    this.file = null;
    /** @type {"script"|"card"|"lorebook"|"chat"|"unknown"} */
    this.kind = "script";
    /** @type {object|null} FileInspection of what is no script */
    this.inspection = null;
    this.encoding = "";
    this.format = "";
    this.forgetColumns();
    this.title = "";
    /** @type {Map<string, string>} the merges that were accepted */
    this.aliases = new Map();
    /** @type {Set<string>} aliases of suggestions that were declined */
    this.declined = new Set();
    /** @type {object|null} the ScriptReport of the dry run */
    this.read = null;
    /** @type {Set<string>} the speakers that become characters */
    this.chosen = new Set();
    /** @type {Map<string, Record<string, string>>} what was typed about each */
    this.typed = new Map();
    /** @type {object[]} scripts stored already */
    this.scripts = [];
    this.mayReplace = false;
    /** @type {object|null} the ScriptReport once it is stored */
    this.stored = null;
    /** @type {boolean} whether the script was here before: there is no file then */
    this.wasHere = false;
    /** @type {Map<string, object>} who of a stored script is worth playing, and why */
    this.roles = new Map();
  }

  forgetColumns() {
    this.columns = { speaker: "", line: "", scene: "" };
    /** @type {string[]} the columns of a table, as far as they are known */
    this.header = [];
  }

  take(file) {
    this.forget();
    this.file = file;
  }

  /** A script that is stored already: further characters of it. */
  async takeStored(id) {
    const path = `/api/scripts/${encodeURIComponent(id)}`;
    const [read, cast] = await Promise.all([get(path, this.signal), post(`${path}/cast`, undefined, this.signal)]);
    this.forget();
    Object.assign(this, { read, stored: read, wasHere: true, title: read.title });
    this.roles = new Map(cast.roles.map((role) => [role.name, role]));
  }

  /** Finds out what the file is and reads it, without storing anything. */
  async look(onProgress) {
    const signal = this.supersede();
    if (!SCRIPT_NAMES.test(this.file.name)) {
      this.kind = "unknown";
      const form = new FormData();
      form.set("file", this.file);
      this.inspection = await upload("/api/files/inspect", form, { onProgress, signal });
      this.kind = this.inspection.kind;
    }
    if (this.kind === "script") await this.readScript(onProgress, signal);
  }

  /** Reads the script once more, with other options. A newer call supersedes a running one. */
  async check(onProgress) {
    await this.readScript(onProgress, this.supersede());
  }

  supersede() {
    this.checking?.abort(new DOMException("Something else was asked for.", "AbortError"));
    this.checking = new AbortController();
    return AbortSignal.any([this.signal, this.checking.signal]);
  }

  async readScript(onProgress, signal) {
    this.stored = null;
    try {
      const [read, scripts] = await Promise.all([
        upload("/api/scripts?dry_run=true", this.form(), { onProgress, signal }),
        getAll("/api/scripts", signal),
      ]);
      this.accept(read, scripts);
    } catch (error) {
      if (error.detail?.columns) this.header = error.detail.columns;
      throw error;
    }
  }

  accept(read, scripts) {
    const isFirst = this.read === null;
    Object.assign(this, { read, scripts });
    this.header = read.columns?.names ?? [];
    this.title ||= read.title;
    const names = new Set(read.speakers.map((speaker) => speaker.name));
    this.chosen = new Set([...this.chosen].map((name) => read.aliases[name] ?? name).filter((name) => names.has(name)));
    if (isFirst && this.chosen.size === 0 && this.match()) this.chosen.add(this.match().name);
  }

  form() {
    const form = new FormData();
    form.set("file", this.file);
    const { title, encoding, format } = this;
    const columns = Object.entries(this.columns).map(([role, name]) => [`${role}_column`, name]);
    for (const [name, value] of [["title", title], ["encoding", encoding], ["format", format], ...columns]) {
      if (value) form.set(name, value);
    }
    if (this.aliases.size) form.set("aliases", JSON.stringify(Object.fromEntries(this.aliases)));
    return form;
  }

  /** The suggested merges that were neither accepted nor declined. */
  suggestions() {
    return this.read.merges.filter((merge) => !this.declined.has(merge.alias));
  }

  /** The other names of a speaker that were merged into it. */
  mergedInto(name) {
    return Object.entries(this.read.aliases).filter(([, kept]) => kept === name).map(([alias]) => alias);
  }

  /** A name that others were merged into may be merged itself; never in a circle. */
  merge(alias, name) {
    if (alias !== name && this.read.aliases[name] !== alias) this.aliases.set(alias, name);
  }

  unmerge(alias) {
    this.aliases.delete(alias);
    this.declined.add(alias);
  }

  /** The speaker the file is named after, if any: the one-click way. */
  match() {
    if (this.wasHere) return null;
    const stem = this.file.name.replace(/\.[^.]*$/, "").trim().toLowerCase();
    return this.read.speakers.find((speaker) => speaker.name.toLowerCase() === stem) ?? null;
  }

  /** The chosen speakers, most lines first. */
  speakers() {
    return this.read.speakers.filter((speaker) => this.chosen.has(speaker.name));
  }

  /** What a character's form begins with: what was typed, else what the file says. */
  draft(name) {
    const profiles = this.read.profiles;
    const profile = profiles.find((found) => found.name === name) ?? (this.chosen.size === 1 && profiles.length === 1 ? profiles[0] : null);
    // MARY (V.O.) is nothing that anybody is called.
    const aliases = this.mergedInto(name).filter((alias) => !alias.toLowerCase().startsWith(name.toLowerCase()));
    const suggested = { name, aliases: aliases.slice(0, MOST_ALIASES).join(", "), profile: profile?.text ?? "" };
    return { ...suggested, ...this.typed.get(name) };
  }

  type(name, field, value) {
    this.typed.set(name, { ...this.typed.get(name), [field]: value });
  }

  /** The stored script whose place this upload would take. */
  rival() {
    return this.scripts.find((script) => script.title === this.title.trim()) ?? null;
  }

  /**
   * Stores the script, then makes the characters: all of them or none.
   * @param {Array<{speaker: string, fields: object}>} wanted
   * @param {(share: number) => void} onProgress
   */
  async create(wanted, onProgress) {
    if (!this.stored) await this.store(onProgress);
    const characters = wanted.map(({ speaker, fields }) => ({ ...fields, speakers: [speaker] }));
    const { items } = await post(`/api/scripts/${this.stored.id}/characters`, { characters }, this.signal);
    return items;
  }

  async store(onProgress) {
    this.scripts = await getAll("/api/scripts", this.signal); // somebody may have taken the title
    if (this.rival() && !this.mayReplace) throw new ApiError({ status: 0, code: "replace_first", message: "The title is taken." });
    this.stored = await upload("/api/scripts", this.form(), { onProgress, signal: this.signal });
  }

  /** Makes the character of a card; empty fields are as the card has them. */
  async createFromCard(fields, onProgress) {
    const form = new FormData();
    form.set("file", this.file);
    form.set("format", "card");
    for (const [name, value] of Object.entries(fields)) {
      if (value) form.set(name, value);
    }
    const { character } = await upload("/api/characters/import", form, { onProgress, signal: this.signal });
    return character;
  }

  character(slug) {
    return get(`/api/characters/${encodeURIComponent(slug)}`, this.signal);
  }
}
