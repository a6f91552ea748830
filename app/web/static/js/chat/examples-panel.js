/**
 * "Lines behind this reply": beside the conversation on wide screens, a sheet over it on phones.
 * One `<dialog>` serves both; only the sheet is modal.
 */

import { fill, h, uniqueId } from "../dom.js";
import { languageOf, scoreText } from "../format.js";
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
      h("div", { class: "lines-intro" }, h("p", {}, t("examples.intro")), modeOf(message)),
      h("ol", { class: "sides" }, message.examples.map((example) => side(example, message.retrieval, own))));
    if (dialog.open) dialog.close();
    opener = document.activeElement === document.body ? opener : document.activeElement;
    if (WIDE.matches) dialog.show();
    else dialog.showModal();
    content.scrollTop = 0;
    heading.focus();
  };
  return { node: dialog, show };
}

const modeOf = ({ retrieval: mode }) => mode && h("p", { title: t(`mode.${mode}_text`) }, t("examples.mode", { mode: t(`mode.${mode}`) }));

/** Why it was put before the model: how near it is, or which word called up what a lorebook says. */
function origin({ kind, score: value, name, key }, mode) {
  const tag = (text) => h("span", { class: "tag" }, text);
  const named = name && h("span", { lang: languageOf(name) }, name);
  if (kind === "lore") return [tag(t("examples.lore")), h("span", {}, key ? t("examples.lore_key", { key }) : t("examples.lore_always")), named];
  if (kind === "memory") return [tag(t("examples.memory")), named || h("span", {}, t("examples.memory_here"))];
  if (kind === "witnessed") return [tag(t("examples.witnessed")), h("span", {}, t("examples.witnessed_silent")), named];
  return scoreText(value, mode);
}

function side(example, mode, own) {
  return h("li", { class: "side" },
    h("p", { class: "side-score" }, origin(example, mode)),
    example.kind === "lore" ? h("p", { class: "side-lore", lang: languageOf(example.lines[0]) }, example.lines.join("\n")) : scriptPage(example.lines.map(splitLine), own));
}
