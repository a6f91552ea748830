/**
 * "Lines behind this reply": beside the conversation on wide screens, a sheet over it on phones.
 * One `<dialog>` serves both; only the sheet is modal.
 */

import { fill, h, uniqueId } from "../dom.js";
import { languageOf, score } from "../format.js";
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

/** Why it was put before the model: how near it is, or which word called up what a lorebook says. */
function origin({ kind, score: cosine, name, key }) {
  if (kind !== "lore") return t("examples.score", { score: score(cosine) });
  const called = key ? t("examples.lore_key", { key }) : t("examples.lore_always");
  return [h("span", {}, called), name && h("span", { lang: languageOf(name) }, name)];
}

function side(example, own) {
  return h("li", { class: "side" },
    h("p", { class: "side-score" }, origin(example)),
    example.kind === "lore" ? h("p", { class: "side-lore", lang: languageOf(example.lines[0]) }, example.lines.join("\n")) : scriptPage(example.lines.map(splitLine), own));
}
