/**
 * "Lines behind this reply": beside the conversation on wide screens, a sheet over it on phones.
 * One `<dialog>` serves both; only the sheet is modal.
 */

import { fill, focusOn, h, uniqueId } from "../dom.js";
import { languageOf, number, scoreText } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { cutText, placeText } from "../scene-place.js";
import { scriptPage, splitLine } from "../script-page.js";
import { promptButton } from "./message.js";

/** @import { Child } from "../dom.js" */
/** @import { Acts } from "./message.js" */
/** @import { MessageOut, Mode, PromptOutline, PromptSource } from "../types.js" */

const WIDE = matchMedia("(width >= 64rem)");

/**
 * @param {(message: MessageOut) => Promise<Set<string>>} ownNames whose lines are the character's part
 * @param {Acts["prompt"]} prompt
 */
export function examplesPanel(ownNames, prompt) {
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
    const own = await ownNames(message);
    fill(content,
      h("div", { class: "lines-intro" }, h("p", {}, t(introOf(message))), modeOf(message)),
      h("ol", { class: "sides" }, message.examples.map((example) => side(example, message.retrieval, own))),
      message.prompt && h("section", { class: "lines-beside" },
        h("h3", { class: "eyebrow" }, t("examples.beside")), beside(message.prompt), promptButton(message, prompt)));
    if (dialog.open) dialog.close();
    opener = document.activeElement === document.body ? opener : document.activeElement;
    if (WIDE.matches) dialog.show();
    else dialog.showModal();
    content.scrollTop = 0;
    heading.focus();
  };
  return { node: dialog, show };
}

/** @param {MessageOut} message */
function introOf({ prompt, examples }) {
  if (!prompt) return "examples.intro_unrecorded";
  return examples.some(({ kind }) => kind === "example" || kind === "witnessed") ? "examples.intro" : "examples.intro_none";
}

/** The rest of the prompt, in numbers. @param {PromptOutline} outline */
function beside({ profile, history, left_out: leftOut, summarized }) {
  const unseen = leftOut - summarized;
  return h("ul", {},
    profile !== "none" && h("li", {}, t(`examples.profile.${profile}`)),
    summarized > 0 && h("li", {}, t("examples.summarized", { n: summarized, count: number(summarized) })),
    h("li", {}, t("examples.history", { n: history, count: number(history) }),
      unseen > 0 && t("examples.history_unseen", { n: unseen, count: number(unseen) })));
}

/** @param {MessageOut} message @returns {Child} */
const modeOf = ({ retrieval: mode }) => mode && h("p", { title: t(`mode.${mode}_text`) }, t("examples.mode", { mode: t(`mode.${mode}`) }));

/**
 * Why the example is in the prompt: its score, or the word that triggered a lorebook entry.
 * @param {PromptSource} example
 * @param {Mode|null} mode
 * @returns {Child}
 */
function origin(example, mode) {
  const { kind, score: value, name, key } = example;
  /** @param {string} text */
  const tag = (text) => h("span", { class: "tag" }, text);
  const named = name && h("span", { lang: languageOf(name) }, name);
  if (kind === "lore") return [tag(t("examples.lore")), h("span", {}, key ? t("examples.lore_key", { key }) : t("examples.lore_always")), named];
  if (kind === "memory") return [tag(t("examples.memory")), named || h("span", {}, t("examples.memory_here"))];
  if (kind === "witnessed") return [tag(t("examples.witnessed")), h("span", {}, t("examples.witnessed_silent")), named];
  if (kind === "scene_memory") return [tag(t("examples.scene_memory")), named];
  return [placeText(example, example.lines.length), scoreText(value, mode)].filter(Boolean).map((text) => h("span", {}, text));
}

/** @param {PromptSource} example @param {Mode|null} mode @param {Set<string>} own */
function side(example, mode, own) {
  return h("li", { class: "side" },
    h("p", { class: "side-score" }, origin(example, mode)),
    example.cut > 0 && h("p", { class: "side-cut" }, cutText(example.cut)),
    example.kind === "lore" || example.kind === "scene_memory" ? h("p", { class: "side-lore", lang: languageOf(example.lines[0]) }, example.lines.join("\n")) : scriptPage(example.lines.map(splitLine), own));
}
