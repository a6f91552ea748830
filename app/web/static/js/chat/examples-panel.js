/**
 * "Lines behind this reply": beside the conversation on wide screens, a sheet over it on phones.
 * One `<dialog>` serves both; only the sheet is modal.
 */

import { fill, h, uniqueId } from "../dom.js";
import { score } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { scriptPage, splitLine } from "../script-page.js";

const WIDE = matchMedia("(width >= 64rem)");

/** @param {() => Promise<Set<string>>} ownNames whose lines are the character's part */
export function examplesPanel(ownNames) {
  const title = uniqueId("lines");
  const content = h("div", { class: "lines-content", tabindex: 0, role: "region", "aria-labelledby": title });
  const heading = h("h2", { id: title, tabindex: -1 }, t("examples.heading"));
  const dialog = h("dialog", { class: "lines-panel", "aria-labelledby": title },
    h("header", { class: "lines-head" }, heading,
      h("button", { class: "icon-button", type: "button", "aria-label": t("close"), on: { click: () => dialog.close() } }, icon("close"))),
    content);
  let opener = null;

  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    dialog.close();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    const back = opener?.isConnected ? opener : document.querySelector(".composer-input");
    back?.focus();
  });

  /** @param {object} message the reply whose examples are shown */
  const show = async (message) => {
    opener = document.activeElement;
    const own = await ownNames();
    fill(content,
      h("p", { class: "lines-intro" }, t("examples.intro")),
      h("ol", { class: "sides" }, message.examples.map((example) => side(example, own))));
    if (dialog.open) dialog.close();
    opener = document.activeElement === document.body ? opener : document.activeElement;
    if (WIDE.matches) dialog.show();
    else dialog.showModal();
    content.scrollTop = 0;
    heading.focus();
  };
  return { node: dialog, show };
}

function side(example, own) {
  return h("li", { class: "side" },
    h("p", { class: "side-score" }, t("examples.score", { score: score(example.score) })),
    scriptPage(example.lines.map(splitLine), own));
}
