/**
 * "Lines behind this reply": beside the conversation on wide screens, a sheet over it on phones.
 * One `<dialog>` serves both; only the sheet is modal.
 */

import { fill, focusOn, h, uniqueId } from "../dom.js";
import { languageOf, scoreText } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { scriptPage, splitLine } from "../script-page.js";

/** @import { Child } from "../dom.js" */
/** @import { MessageOut, Mode, PromptSource } from "../types.js" */

const WIDE = matchMedia("(width >= 64rem)");

/** @param {() => Promise<Set<string>>} ownNames whose lines are the character's part */
export function examplesPanel(ownNames) {
  const title = uniqueId("lines");
  const content = h("div", { class: "lines-content", tabindex: 0, role: "region", "aria-labelledby": title });
  const heading = h("h2", { id: title, tabindex: -1 }, t("examples.heading"));
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { class: "lines-panel", "aria-labelledby": title },
    h("header", { class: "lines-head" }, heading,
      h("button", { class: "icon-button", type: "button", "aria-label": t("close"), on: { click: () => dialog.close() } }, icon("close"))),
    content);
  /** @type {Element|null} */
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
    focusOn(back);
  });

  /** @param {MessageOut} message the reply whose examples are shown */
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

/** @param {MessageOut} message @returns {Child} */
const modeOf = ({ retrieval: mode }) => mode && h("p", { title: t(`mode.${mode}_text`) }, t("examples.mode", { mode: t(`mode.${mode}`) }));

/**
 * Why the example is in the prompt: its score, or the word that triggered a lorebook entry.
 * @param {PromptSource} example
 * @param {Mode|null} mode
 * @returns {Child}
 */
function origin({ kind, score: value, name, key }, mode) {
  /** @param {string} text */
  const tag = (text) => h("span", { class: "tag" }, text);
  const named = name && h("span", { lang: languageOf(name) }, name);
  if (kind === "lore") return [tag(t("examples.lore")), h("span", {}, key ? t("examples.lore_key", { key }) : t("examples.lore_always")), named];
  if (kind === "memory") return [tag(t("examples.memory")), named || h("span", {}, t("examples.memory_here"))];
  if (kind === "witnessed") return [tag(t("examples.witnessed")), h("span", {}, t("examples.witnessed_silent")), named];
  return scoreText(value, mode);
}

/** @param {PromptSource} example @param {Mode|null} mode @param {Set<string>} own */
function side(example, mode, own) {
  return h("li", { class: "side" },
    h("p", { class: "side-score" }, origin(example, mode)),
    example.kind === "lore" ? h("p", { class: "side-lore", lang: languageOf(example.lines[0]) }, example.lines.join("\n")) : scriptPage(example.lines.map(splitLine), own));
}
