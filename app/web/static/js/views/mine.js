/** `/mine`: the characters that one made, who finds each, and what was deleted. */

import { getAll } from "../api.js";
import { deletedList } from "../admin/deleted-list.js";
import { deleteRestorably } from "../admin/deleting.js";
import { characterFiles } from "../admin/files-dialog.js";
import { operatorSentences } from "../admin/sentences.js";
import { fill, focusOn, h, reconcile } from "../dom.js";
import { language, t } from "../i18n.js";
import { apartFromNote, isRehearsing, refreshNotes } from "../readiness.js";
import { shareDialog } from "../sharing/panel.js";
import { ownRow } from "../sharing/own-row.js";
import { sharingSentences } from "../sharing/sentences.js";
import { knownStatus } from "../status.js";
import { repeat } from "../timing.js";

/** @import { Params, View } from "../router.js" */
/** @import { AdminCharacter, DeletedCharacter } from "../types.js" */

const PATH = "/api/me/characters";
const POLL_MS = 1_500;

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function mine(_params, signal) {
  const [service] = await Promise.all([knownStatus(), sharingSentences()]);
  await operatorSentences();
  const title = t("mine.title");
  if (!service.may_upload) {
    return { title, node: h("div", { class: "view" }, h("div", { class: "blank" }, h("h1", {}, title), h("p", {}, t("upload.forbidden")))) };
  }
  /** @type {[AdminCharacter[], DeletedCharacter[]]} */
  const [characters, deleted] = await Promise.all([getAll(PATH, signal), getAll("/api/me/deleted-characters", signal)]);
  return { title, node: new OwnCharacters(characters, deleted, signal).node };
}

class OwnCharacters {
  /** @param {AdminCharacter[]} items @param {DeletedCharacter[]} deleted @param {AbortSignal} signal */
  constructor(items, deleted, signal) {
    this.items = items;
    this.signal = signal;
    this.list = h("ul", { class: "own-characters" });
    this.none = h("div", {});
    this.gone = deletedList(deleted, { signal, back: () => this.reload(), path: "/api/me/deleted-characters" });
    this.node = h("div", { class: "view mine" },
      h("div", { class: "cast-head" },
        h("h1", {}, t("mine.title")),
        h("div", { class: "actions" },
          h("a", { class: "button", href: "/scripts" }, t("mine.scripts")),
          h("a", { class: "button button-primary", href: "/upload" }, t("gallery.upload")))),
      h("p", { class: "mine-lead" }, t("mine.lead")),
      this.none, this.list, this.gone.node);
    this.draw();
    repeat(() => this.follow(), signal);
  }

  draw() {
    fill(this.none, this.items.length === 0 && h("div", { class: "blank" }, h("p", {}, t("mine.none")), h("a", { class: "button button-primary", href: "/upload" }, t("gallery.upload"))));
    reconcile(this.list, this.items.map((item) => ({
      key: item.slug,
      signature: JSON.stringify([apartFromNote(item), language()]),
      render: () => ownRow(item, {
        share: () => this.share(item),
        files: () => this.files(item),
        discard: () => this.discard(item),
      }),
    })));
    refreshNotes(this.list, this.items);
  }

  /** @param {AdminCharacter} item */
  async share(item) {
    let isChanged = false;
    await shareDialog(item, () => { isChanged = true; });
    if (isChanged) await this.reload();
    this.focus(item.slug, ".own-share");
  }

  /** @param {AdminCharacter} item */
  async files(item) {
    if (await characterFiles(item)) await this.reload();
    this.focus(item.slug, ".own-files");
  }

  /** @param {AdminCharacter} item */
  async discard(item) {
    const place = this.items.indexOf(item);
    await deleteRestorably([item], {
      gone: (slug) => {
        this.items = this.items.filter((each) => each.slug !== slug);
        this.draw();
        this.gone.refresh();
      },
      back: () => this.reload(),
    });
    focusOn(this.list.children[Math.min(place, this.list.children.length - 1)]?.querySelector("a, button"));
  }

  /** @param {string} slug @param {string} control */
  focus(slug, control) {
    focusOn(this.list.querySelector(`[data-key="${CSS.escape(slug)}"] ${control}`));
  }

  async reload() {
    /** @type {AdminCharacter[]|null} */
    const fresh = await getAll(PATH, this.signal).catch(() => null);
    if (fresh) this.items = fresh;
    this.draw();
    await this.gone.refresh();
  }

  /** Asks again while one of them learns its lines. */
  async follow() {
    if (this.items.some(isRehearsing) && !document.hidden) {
      /** @type {AdminCharacter[]|null} */
      const fresh = await getAll(PATH, this.signal).catch(() => null);
      if (fresh) this.items = fresh;
      this.draw();
    }
    return POLL_MS;
  }
}
