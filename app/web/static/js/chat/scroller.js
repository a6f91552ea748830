/** Follows the newest line only while the reader is there; offers a way back otherwise. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

const NEAR_PX = 48;
/** Distance from the first line, in heights of the box, at which earlier lines are loaded. */
const NEAR_TOP = 0.5;

export class Scroller {
  /**
   * @param {Element[]} content
   * @param {() => unknown} onTop called when a reader scrolls up to the first line
   */
  constructor(content, onTop = () => {}) {
    this.atEnd = true;
    this.top = 0;
    this.jump = h("button", { class: "jump button", type: "button", hidden: true, on: { click: () => this.toEnd() } }, icon("down"), t("chat.latest"));
    this.box = h("div", { class: "stage-scroll", on: { scroll: () => this.scrolled(onTop) } }, content);
    this.node = h("div", { class: "stage-view" }, this.box, this.jump);
    // Fonts, an on-screen keyboard or a growing composer change heights without a scroll.
    new ResizeObserver(() => this.keepEnd()).observe(this.box);
  }

  /** @param {() => unknown} onTop */
  scrolled(onTop) {
    const { scrollTop, clientHeight } = this.box;
    const up = scrollTop < this.top;
    this.top = scrollTop;
    this.note();
    if (up && scrollTop < clientHeight * NEAR_TOP) onTop();
  }

  /** Keeps the visible lines in place while `change` inserts others above them. @param {() => void} change */
  keepPlace(change) {
    const fromEnd = this.box.scrollHeight - this.box.scrollTop;
    change();
    this.box.scrollTop = this.box.scrollHeight - fromEnd;
    this.top = this.box.scrollTop;
    this.note();
  }

  note() {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.jump.hidden = this.atEnd;
  }

  keepEnd() {
    if (this.atEnd) this.box.scrollTop = this.box.scrollHeight;
    else this.note();
  }

  toEnd() {
    this.atEnd = true;
    this.keepEnd();
    this.jump.hidden = true;
  }
}
