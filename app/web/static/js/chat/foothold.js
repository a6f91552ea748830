/** The keyboard's place among the lines: one that is drawn anew, answered or deleted takes the focus along. */

import { focusOn } from "../dom.js";

export class Foothold {
  /** @param {HTMLElement} list of lines with `data-key`, whose tools have `data-act` */
  constructor(list) {
    this.list = list;
    /** The tool that was pressed, which the reply that comes of it has as well. */
    this.act = "";
    /** @type {Element|null} the line that has the focus while the reply to come is spoken, which is hidden from it */
    this.standIn = null;
  }

  /** Draws; a focus that would be lost goes to the same tool, else to the same line, else to the last one. @param {() => void} draw */
  keep(draw) {
    const held = this.list.contains(document.activeElement) ? document.activeElement : null;
    const waits = held !== null && held === this.standIn;
    const key = held?.closest("[data-key]")?.getAttribute("data-key");
    if (!waits) {
      this.standIn = null;
      this.act = actOf(held);
    }
    draw();
    if (!held || (held.isConnected && !waits)) return;
    const last = this.list.lastElementChild;
    const isSpoken = last?.classList.contains("is-live");
    if (waits && isSpoken && held.isConnected) return;
    const same = waits ? null : this.list.querySelector(`[data-key="${key}"]`);
    const line = same ?? (isSpoken ? last?.previousElementSibling : last);
    const tool = this.act && line?.querySelector(`[data-act="${this.act}"]:not(:disabled)`);
    this.standIn = isSpoken && !same ? line ?? null : null;
    if (tool) focusOn(tool, { preventScroll: true });
    if (tool && tool === document.activeElement) return;
    onLine(line);
  }

  /** Moves the focus to the first line, when the button above it is gone. */
  toFirst() {
    onLine(this.list.firstElementChild);
  }
}

/** @param {Element|null|undefined} line */
function onLine(line) {
  line?.setAttribute("tabindex", "-1");
  focusOn(line, { preventScroll: true });
}

/** @param {Element|null} held */
function actOf(held) {
  if (!(held instanceof HTMLElement)) return "";
  if (held.closest(".speech-editor")) return "edit";
  const { act = "" } = held.dataset;
  return act === "discard" ? "" : act; // the same key once more must not delete another line
}
