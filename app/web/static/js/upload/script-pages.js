/** The pages of a wizard's script as it was read: of the file before it is stored, else of its scenes. */

import { get, upload, withQuery } from "../api.js";
import { printedScenes } from "./printed-scenes.js";

/** @import { PageOf, PrintedPageOut, SceneOut } from "../types.js" */
/** @import { Wizard } from "./wizard.js" */

/** Formats that are read row by row: the beginning of a large file is enough for its first pages. */
const BY_ROWS = new Set(["text", "prose", "screenplay", "play", "fountain", "srt", "vtt", "ass", "csv", "jsonl"]);
const FIRST_PART = 2 * 1024 * 1024;
const SCENES_A_PAGE = 20;

export class ScriptPages {
  /** @param {Wizard} wizard */
  constructor(wizard) {
    this.wizard = wizard;
    /** How much of a large file is sent for a page of it. */
    this.part = FIRST_PART;
    /** @type {string|null} the heading that the last page of a stored script ended under */
    this.heading = null;
  }

  /**
   * @param {string|null} cursor of the page before
   * @returns {Promise<PrintedPageOut>}
   */
  read(cursor) {
    return this.wizard.wasHere ? this.ofScenes(cursor) : this.ofFile(cursor);
  }

  /** @param {string|null} cursor @returns {Promise<PrintedPageOut>} */
  async ofFile(cursor) {
    const { wizard } = this;
    const { format, encoding } = wizard.report;
    for (;;) {
      const isPart = BY_ROWS.has(format) && wizard.header.length === 0 && this.part < wizard.sent.size;
      const form = wizard.form();
      form.delete("title");
      if (isPart) {
        form.set("file", wizard.sent.slice(0, this.part), wizard.sent.name);
        form.set("format", format);
        form.set("encoding", encoding);
      }
      /** @type {PrintedPageOut} */
      const page = await upload(withQuery("/api/scripts/preview", { cursor }), form, { signal: wizard.signal });
      if (page.next_cursor !== null || !isPart) return page;
      this.part *= 4; // the part ended before the page did
    }
  }

  /** @param {string|null} cursor @returns {Promise<PrintedPageOut>} */
  async ofScenes(cursor) {
    const { report, signal } = this.wizard;
    /** @type {PageOf<SceneOut>} */
    const scenes = await get(withQuery(`/api/scripts/${report.id}/scenes`, { cursor, limit: SCENES_A_PAGE }), signal);
    const page = printedScenes(scenes, report.rejected, cursor === null ? null : this.heading);
    this.heading = scenes.items.at(-1)?.heading ?? this.heading;
    return page;
  }
}
