/** Follows the newest line only while the reader is there; offers a way back otherwise. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

const NEAR_PX = 48;

export class Scroller {
  constructor(content) {
    this.atEnd = true;
    this.jump = h("button", { class: "jump button", type: "button", hidden: true, on: { click: () => this.toEnd() } }, icon("down"), t("chat.latest"));
    this.box = h("div", { class: "stage-scroll", on: { scroll: () => this.note() } }, content);
    this.node = h("div", { class: "stage-view" }, this.box, this.jump);
    // Fonts, an on-screen keyboard or a growing composer change heights without a scroll.
    new ResizeObserver(() => this.keepEnd()).observe(this.box);
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
