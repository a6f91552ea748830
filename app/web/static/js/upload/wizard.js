/**
 * The state of an upload, and its requests; views draw it. It outlives a view: a person who changes
 * the language or comes back finds everything typed.
 */

import { ApiError, get, getAll, post, upload } from "../api.js";
import { shownNames } from "./shown-names.js";

/** @import { CastProposal, CharacterOut, CharactersOut, FileInspection, ImportResult, RoleOut, ScriptReport, ListedScript, SpeakerOut } from "../types.js" */

/** Files that can only be scripts are read as such at once; others are looked at first. */
const SCRIPT_NAMES = /\.(txt|text|md|markdown|csv|tsv|tab|fountain|spmd|fdx|srt|sbv|vtt|ass|ssa|sub|smi|sami|ttml|dfxp|rpym?|ink|yarn|twee2?|tw2?|ks|nani|xlsx|docx|odt|pdf|epub|html?|xhtml)$/i;

const MOST_ALIASES = 20;

/** @typedef {(share: number) => void} OnProgress called with how much of a file has been sent */

export class Wizard {
  /** @type {File|null} */
  file = null;
  /** @type {FileInspection["kind"]|"unknown"} */
  kind = "script";
  /** @type {FileInspection|null} of a file that is no script */
  inspection = null;
  encoding = "";
  format = "";
  columns = { speaker: "", line: "", scene: "" };
  /** @type {string[]} the columns of a table, as far as they are known */
  header = [];
  title = "";
  /** @type {Map<string, string>} the merges that were accepted */
  aliases = new Map();
  /** @type {Set<string>} aliases of suggestions that were declined */
  declined = new Set();
  /** @type {ScriptReport|null} of the dry run */
  read = null;
  /** @type {Set<string>} the speakers that become characters */
  chosen = new Set();
  /** @type {Map<string, Record<string, string>>} what was typed about each */
  typed = new Map();
  /** @type {ListedScript[]} scripts stored already */
  scripts = [];
  mayReplace = false;
  /** Whether a file that is plainly no script is to become characters all the same. */
  isSure = false;
  /** @type {{of: ScriptReport|null, names: Map<string, string>}} how the speakers of a report are shown */
  shown = { of: null, names: new Map() };
  /** @type {ScriptReport|null} once the script is stored */
  stored = null;
  /** Whether the script was stored before: it has no file then. */
  wasHere = false;
  /** @type {Map<string, RoleOut>} which speakers of a stored script are worth playing, and why */
  roles = new Map();
  signal = AbortSignal.abort(); // once the view that shows it is left
  checking = new AbortController();

  /** Back to where no file was chosen. */
  forget() {
    const { signal, checking } = this;
    Object.assign(this, new Wizard(), { signal, checking });
  }

  /** The report; throws before a script was read. */
  get report() {
    if (!this.read) throw new Error("No script was read yet");
    return this.read;
  }

  /** The chosen file; throws before one was chosen. */
  get sent() {
    if (!this.file) throw new Error("No file was chosen yet");
    return this.file;
  }

  forgetColumns() {
    ({ columns: this.columns, header: this.header } = new Wizard());
  }

  /** @param {File} file */
  take(file) {
    this.forget();
    this.file = file;
  }

  /** A script that is stored already: further characters of it. @param {string} id */
  async takeStored(id) {
    const path = `/api/scripts/${encodeURIComponent(id)}`;
    /** @type {[ScriptReport, CastProposal]} */
    const [read, cast] = await Promise.all([get(path, this.signal), post(`${path}/cast`, undefined, this.signal)]);
    this.forget();
    Object.assign(this, { read, stored: read, wasHere: true, title: read.title });
    this.roles = new Map(cast.roles.map((role) => [role.name, role]));
  }

  /** Finds out what the file is and reads it, without storing anything. @param {OnProgress} onProgress */
  async look(onProgress) {
    const signal = this.supersede();
    if (!SCRIPT_NAMES.test(this.sent.name)) {
      this.kind = "unknown";
      const form = new FormData();
      form.set("file", this.sent);
      /** @type {FileInspection} */
      const inspection = await upload("/api/files/inspect", form, { onProgress, signal });
      this.inspection = inspection;
      this.kind = inspection.kind;
    }
    if (this.kind === "script") await this.readScript(onProgress, signal);
  }

  /**
   * Reads the script once more, with other options. A newer call supersedes a running one.
   * @param {OnProgress} onProgress
   */
  async check(onProgress) {
    await this.readScript(onProgress, this.supersede());
  }

  supersede() {
    this.checking.abort(new DOMException("Something else was asked for.", "AbortError"));
    this.checking = new AbortController();
    return AbortSignal.any([this.signal, this.checking.signal]);
  }

  /** @param {OnProgress} onProgress @param {AbortSignal} signal */
  async readScript(onProgress, signal) {
    this.stored = null;
    try {
      /** @type {[ScriptReport, ListedScript[]]} */
      const [read, scripts] = await Promise.all([
        upload("/api/scripts?dry_run=true", this.form(), { onProgress, signal }),
        getAll("/api/scripts", signal),
      ]);
      this.accept(read, scripts);
    } catch (error) {
      if (error instanceof ApiError && error.detail?.columns) this.header = error.detail.columns;
      throw error;
    }
  }

  /** @param {ScriptReport} read @param {ListedScript[]} scripts */
  accept(read, scripts) {
    const isFirst = this.read === null;
    this.read = read;
    this.scripts = scripts;
    this.header = read.columns?.names ?? [];
    this.title ||= read.title;
    const names = new Set(read.speakers.map((speaker) => speaker.name));
    this.chosen = new Set([...this.chosen].map((name) => read.aliases[name] ?? name).filter((name) => names.has(name)));
    const match = this.match();
    if (isFirst && this.chosen.size === 0 && match && !read.other_kind) this.chosen.add(match.name);
  }

  /** How a speaker's name is set: Agnes for AGNES, unless two would look the same. @param {string} name */
  display(name) {
    if (this.shown.of !== this.read) this.shown = { of: this.read, names: shownNames(this.report.speakers) };
    return this.shown.names.get(name) ?? name;
  }

  /** @param {string} name @returns {SpeakerOut|undefined} */
  found(name) {
    return this.report.speakers.find((speaker) => speaker.name === name);
  }

  /** The speaker that `name` most likely is another name of. @param {string} name */
  likeliest(name) {
    const suggested = this.report.merges.find((merge) => merge.alias === name);
    return suggested?.name ?? this.found(name)?.nearest ?? null;
  }

  form() {
    const form = new FormData();
    form.set("file", this.sent);
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
    return this.report.merges.filter((merge) => !this.declined.has(merge.alias));
  }

  /** The other names of a speaker that were merged into it. @param {string} name */
  mergedInto(name) {
    return Object.entries(this.report.aliases).filter(([, kept]) => kept === name).map(([alias]) => alias);
  }

  /**
   * A name that others were merged into may be merged itself; never in a circle.
   * @param {string} alias
   * @param {string} name
   */
  merge(alias, name) {
    if (alias !== name && this.report.aliases[name] !== alias) this.aliases.set(alias, name);
  }

  /** Merges two speakers under the name of the one with most lines. @param {string} one @param {string} other */
  unite(one, other) {
    const linesOf = (/** @type {string} */ name) => this.found(name)?.lines ?? 0;
    if (linesOf(one) > linesOf(other)) this.merge(other, one);
    else this.merge(one, other);
  }

  /** @param {string} alias */
  unmerge(alias) {
    this.aliases.delete(alias);
    this.declined.add(alias);
  }

  /** The speaker the file is named after, if any: the one-click way. */
  match() {
    if (this.wasHere) return null;
    const stem = this.sent.name.replace(/\.[^.]*$/, "").trim().toLowerCase();
    return this.report.speakers.find(({ name, display }) => [name, display].some((one) => one.toLowerCase() === stem)) ?? null;
  }

  /** The chosen speakers, most lines first. */
  speakers() {
    return this.report.speakers.filter((speaker) => this.chosen.has(speaker.name));
  }

  /**
   * The first values of a character's form: typed ones, else the file's.
   * @param {string} name
   * @returns {Record<string, string>}
   */
  draft(name) {
    const profiles = this.report.profiles;
    const profile = profiles.find((found) => found.name === name) ?? (this.chosen.size === 1 && profiles.length === 1 ? profiles[0] : null);
    // MARY (V.O.) is no name to call a person by.
    const aliases = this.mergedInto(name).filter((alias) => !alias.toLowerCase().startsWith(name.toLowerCase()));
    const { greeting = "", openers = [] } = this.found(name) ?? {};
    const suggested = {
      name: this.display(name), aliases: aliases.slice(0, MOST_ALIASES).join(", "), profile: profile?.text ?? "", greeting, openers: openers.join("\n"),
    };
    return { ...suggested, ...this.typed.get(name) };
  }

  /** @param {string} name @param {string} field @param {string} value */
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
   * @param {OnProgress} onProgress
   */
  async create(wanted, onProgress) {
    if (this.report.other_kind && !this.isSure && !this.wasHere) {
      throw new ApiError({ status: 0, code: "confirm_kind", message: "This is plainly no script." });
    }
    const { id } = this.stored ?? await this.store(onProgress);
    const characters = wanted.map(({ speaker, fields }) => ({ ...fields, speakers: [speaker] }));
    /** @type {CharactersOut} */
    const { items } = await post(`/api/scripts/${id}/characters`, { characters }, this.signal);
    return items;
  }

  /** @param {OnProgress} onProgress */
  async store(onProgress) {
    this.scripts = await getAll("/api/scripts", this.signal); // another upload may have taken the title
    if (this.rival() && !this.mayReplace) throw new ApiError({ status: 0, code: "replace_first", message: "The title is taken." });
    /** @type {ScriptReport} */
    const stored = await upload("/api/scripts", this.form(), { onProgress, signal: this.signal });
    this.stored = stored;
    return stored;
  }

  /**
   * Makes the character of a card; empty fields are as the card has them.
   * @param {Record<string, string>} fields
   * @param {OnProgress} onProgress
   */
  async createFromCard(fields, onProgress) {
    const form = new FormData();
    form.set("file", this.sent);
    form.set("format", "card");
    for (const [name, value] of Object.entries(fields)) {
      if (value) form.set(name, value);
    }
    /** @type {ImportResult} */
    const { character } = await upload("/api/characters/import", form, { onProgress, signal: this.signal });
    return character;
  }

  /** @param {string} slug @returns {Promise<CharacterOut>} */
  character(slug) {
    return get(`/api/characters/${encodeURIComponent(slug)}?whole=true`, this.signal);
  }
}
