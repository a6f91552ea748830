/** The moment of the script that a reply echoes, as it was read, the line marked. */

import { get } from "../api.js";
import { h, uniqueId } from "../dom.js";
import { languageOf, number } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { scriptPage, splitLine } from "../script-page.js";

/** @import { ExampleScene, LineOut } from "../types.js" */
/** @import { Echo } from "./echo.js" */

/**
 * @param {Echo} echo
 * @param {{slug: string, own: Set<string>, mayRead: boolean, signal: AbortSignal}} options
 *   mayRead: whether this person may read whole scripts
 */
export async function openScene(echo, { slug, own, mayRead, signal }) {
  /** @type {ExampleScene|null} */
  const found = mayRead
    ? await get(`/api/characters/${encodeURIComponent(slug)}/examples/${echo.example.id}/scene`, signal).catch(() => null)
    : null;
  // A script that was replaced since has another scene there: then as it was when the reply was made.
  const at = found ? placeOf(echo, found.scene.lines) : -1;
  if (found && at >= 0) show(titleOf(found), found.scene.lines, at, own, found.script);
  else show(t("echo.shown"), echo.example.lines.map(splitLine), echo.place, own, null);
}

/** @param {ExampleScene} found */
function titleOf({ position, scene: { heading, episode } }) {
  const label = heading ?? t("moment.scene", { n: number(position + 1) });
  return episode && episode !== heading ? `${episode} · ${label}` : label;
}

/** Where the line stands; of several alike, the one with the same neighbour. @param {Echo} echo @param {LineOut[]} lines */
function placeOf({ text, example, place }, lines) {
  const before = place > 0 ? splitLine(example.lines[place - 1]).text : null;
  const alike = lines.flatMap((line, at) => (line.text.trim() === text.trim() ? [at] : []));
  return alike.find((at) => before !== null && lines[at - 1]?.text.trim() === before.trim()) ?? alike[0] ?? -1;
}

/**
 * @param {string} title
 * @param {Array<{speaker: string, text: string, direction?: string|null}>} lines
 * @param {number} at the line to mark
 * @param {Set<string>} own
 * @param {ExampleScene["script"]|null} script
 */
function show(title, lines, at, own, script) {
  const id = uniqueId("scene");
  const page = scriptPage(lines, own);
  const echoed = page.children[at];
  echoed?.classList.add("is-echo");
  echoed?.setAttribute("tabindex", "-1");
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { class: "scene-dialog", "aria-labelledby": id, on: { click: (event) => {
    if (event.target === dialog) dialog.close();
  } } },
  h("header", { class: "scene-dialog-head" },
    h("div", {},
      script && h("p", { class: "scene-dialog-script", lang: languageOf(script.title) }, script.title),
      h("h2", { id, lang: languageOf(title) }, title)),
    h("button", { class: "icon-button", type: "button", "aria-label": t("close"), on: { click: () => dialog.close() } }, icon("close"))),
  h("div", { class: "scene-dialog-page", tabindex: 0, role: "region", "aria-labelledby": id }, page),
  script && h("footer", { class: "actions" }, h("a", { class: "button button-plain", href: `/scripts/${script.id}`, on: { click: () => dialog.close() } }, t("echo.script"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  echoed?.scrollIntoView({ block: "center" });
}
