/** In the margin of a reply: a mark whose note says which line of the script it echoes. */

import { h, uniqueId } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { stageText } from "../stage-text.js";

/** @import { Echo } from "./echo.js" */

/**
 * @param {Echo} echo
 * @param {{name: string, open: () => unknown}} options open: shows the moment in the script
 * @returns {{mark: HTMLElement, note: HTMLElement}}
 */
export function echoMark({ speaker, text }, { name, open }) {
  const id = uniqueId("echo");
  const note = h("div", { class: "echo-note", id, hidden: true },
    h("p", { class: "echo-said" }, t("echo.said", { name: speaker || name })),
    h("blockquote", { lang: languageOf(text) }, stageText(text)),
    h("button", { class: "button button-plain echo-open", type: "button", on: { click: () => open() } }, t("echo.open")));
  const mark = h("button", {
    class: "echo-mark", type: "button", "aria-expanded": "false", "aria-controls": id, "aria-label": t("echo.mark"),
  }, h("span", { "aria-hidden": "true" }, "“"));
  let isPinned = false;
  let leaving = 0;

  // Above, so that line and reply can be compared; below where there is no room above.
  const place = () => {
    note.classList.remove("is-below");
    const edge = note.closest(".stage-scroll")?.getBoundingClientRect().top ?? 0;
    note.classList.toggle("is-below", note.getBoundingClientRect().top < edge);
  };
  /** @param {boolean} isShown */
  const show = (isShown) => {
    clearTimeout(leaving);
    note.hidden = !isShown;
    if (isShown) place();
    mark.setAttribute("aria-expanded", String(isShown));
    if (!isShown) isPinned = false;
  };
  const over = () => show(true);
  // The pointer has a moment to reach the note.
  const out = () => {
    clearTimeout(leaving);
    if (!isPinned) leaving = setTimeout(() => show(false), 200);
  };
  for (const node of /** @type {HTMLElement[]} */ ([mark, note])) {
    node.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && over());
    node.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && out());
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || note.hidden) return;
      event.stopPropagation();
      show(false);
      mark.focus();
    });
  }
  mark.addEventListener("click", () => {
    const wasPinned = isPinned;
    show(!wasPinned);
    isPinned = !wasPinned;
  });
  note.addEventListener("focusout", (event) => {
    if (!(event.relatedTarget instanceof Node) || (!note.contains(event.relatedTarget) && event.relatedTarget !== mark)) show(false);
  });
  return { mark, note };
}
