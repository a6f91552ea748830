/** Several files: how each fares, in which order, and whether they are one script. */

import { fill, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { bytes, languageOf, number } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { meter } from "../progress.js";

/** @import { Batch, Entry } from "./batch.js" */

/**
 * @typedef {object} FileEvents
 * @property {(entry: Entry) => void} onOpen
 * @property {() => void} onChange after another order, another choice, or a file that was left out
 *
 * @param {Batch} batch
 * @param {FileEvents} events
 */
export function fileList(batch, { onOpen, onChange }) {
  const list = h("ol", { class: "files", "aria-label": t("files.list") });
  const group = uniqueId("together");
  /** @param {boolean} isTogether @param {"files.together"|"files.each"} label */
  const way = (isTogether, label) => h("label", { class: "check" },
    h("input", { type: "radio", name: group, checked: batch.isTogether === isTogether, on: { change: () => {
      batch.isTogether = isTogether;
      onChange();
    } } }), t(label));
  const draw = () => {
    const focused = document.activeElement?.getAttribute("data-focus");
    fill(list, batch.entries.map((entry, n) => row(batch, entry, n, { onOpen, onChange })));
    const again = focused ? list.querySelector(`[data-focus="${CSS.escape(focused)}"]`) : null;
    if (again instanceof HTMLElement) again.focus();
  };
  draw();
  return {
    node: h("div", { class: "files-box" },
      h("fieldset", { class: "files-way" }, h("legend", { class: "field-label" }, t("files.heading", { n: number(batch.entries.length) })),
        way(true, "files.together"), way(false, "files.each")),
      list),
    draw,
  };
}

/** @param {Batch} batch @param {Entry} entry @param {number} n @param {FileEvents} events */
function row(batch, entry, n, { onOpen, onChange }) {
  const { file } = entry;
  const name = file.name;
  const isOpen = !batch.isTogether && batch.current === entry.wizard;
  /** @param {"previous"|"next"} shape @param {-1|1} step @param {"files.up"|"files.down"} label */
  const mover = (shape, step, label) => h("button", {
    class: "icon-button file-move", type: "button", "aria-label": t(label, { name }), data: { focus: `${entry.id}${step}` },
    disabled: step < 0 ? n === 0 : n === batch.entries.length - 1,
    on: { click: () => {
      batch.move(entry, step);
      onChange();
    } },
  }, icon(shape));
  return h("li", { class: isOpen ? "file is-open" : "file" },
    h("div", { class: "file-body" },
      h("p", { class: "file-name", lang: languageOf(name) }, name, " ", h("span", { class: "field-hint" }, bytes(file.size))),
      state(entry)),
    h("div", { class: "file-tools" },
      batch.isTogether && [mover("previous", -1, "files.up"), mover("next", 1, "files.down")],
      !batch.isTogether && entry.state !== "waiting" && h("button", {
        class: "button button-plain", type: "button", "aria-pressed": isOpen ? "true" : "false", "aria-label": t("files.open_named", { name }),
        data: { focus: `${entry.id}open` }, on: { click: () => onOpen(entry) },
      }, t("files.open")),
      h("button", { class: "icon-button", type: "button", "aria-label": t("files.leave_named", { name }), on: { click: () => {
        batch.drop(entry);
        onChange();
      } } }, icon("close"))));
}

/** @param {Entry} entry */
function state({ state: now, progress, error, wizard }) {
  if (now === "reading") return progress < 1 ? meter(progress, t("upload.sending")) : h("p", { class: "field-hint" }, t("upload.parsing"));
  if (now === "failed") return h("p", { class: "field-error" }, explain(error));
  if (now === "waiting") return h("p", { class: "field-hint" }, t("files.waiting"));
  const words = now === "made" ? "files.made" : wizard.kind === "script" ? "files.read" : "files.other";
  const { lines = 0, speakers = [] } = wizard.read ?? {};
  return h("p", { class: "field-hint" }, t(words, { n: lines, lines: number(lines), m: speakers.length, speakers: number(speakers.length) }));
}
