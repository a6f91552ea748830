/** Act one: which file, and how to read it. */

import { controlOf, fill, h, uniqueId } from "../dom.js";
import { choice, field } from "../field.js";
import { bytes, number } from "../format.js";
import { has, t } from "../i18n.js";

/** @import { Wizard } from "./wizard.js" */

const ENCODINGS = ["utf-8", "utf-16", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1252", "cp1251"];

/**
 * The place a file is dropped on; anywhere on `page` will do.
 * @param {{page: HTMLElement, files: File[], limit: number, onFiles: (files: File[]) => void}} options
 */
export function dropZone({ page, files, limit, onFiles }) {
  const id = uniqueId("file");
  const words = h("span", { class: "drop-words" });
  const input = h("input", { class: "drop-input", id, type: "file", multiple: true });
  const zone = h("label", { class: "drop", for: id }, input, words);
  /** @param {File[]} chosen */
  const name = (chosen) => fill(words, chosen.length > 0
    ? [h("strong", {}, chosen.length > 1 ? t("upload.many", { n: number(chosen.length) }) : chosen[0].name),
      h("span", {}, t("upload.chosen", { size: bytes(chosen.reduce((sum, file) => sum + file.size, 0)) }))]
    : [h("strong", {}, t("upload.drop")), h("span", {}, t("upload.kinds")), h("span", {}, t("upload.limit", { size: bytes(limit) }))]);
  /** @param {File[]} chosen */
  const take = (chosen) => {
    if (chosen.length === 0) return;
    name(chosen);
    onFiles(chosen);
  };
  input.addEventListener("change", () => {
    take([...input.files ?? []]);
    // The same file can be chosen again after it was mended.
    input.value = "";
  });
  /** @param {DragEvent} event */
  const over = (event) => {
    event.preventDefault();
    zone.classList.toggle("is-over", event.type === "dragover");
  };
  page.addEventListener("dragover", over);
  page.addEventListener("dragleave", over);
  page.addEventListener("drop", (event) => {
    over(event);
    take([...event.dataTransfer?.files ?? []]);
  });
  name(files);
  return zone;
}

/**
 * Overrides of the detected format and encoding; every change reads the file again.
 * @param {import("./wizard.js").Wizard} wizard
 * @param {string[]} formats
 * @param {() => void} onChange
 */
export function readingOptions(wizard, formats, onChange) {
  /** @param {"encoding"|"format"} name @param {string[]} values @param {string|null|undefined} found */
  const select = (name, values, found) => field({
    label: t(`upload.${name}`), name, value: wizard[name],
    control: choice([["", found ? t("upload.detected", { found: formatName(found) }) : t("upload.detect")], ...values.map((value) => [value, formatName(value)])]),
    on: { change: (event) => {
      wizard[name] = controlOf(event).value;
      if (name === "format") wizard.forgetColumns(); // another format has no such columns
      onChange();
    } },
  });
  const encodings = [...new Set([...ENCODINGS, wizard.encoding])].filter(Boolean);
  /** @param {"encoding"|"format"} name */
  const detected = (name) => (wizard[name] === "" ? wizard.read?.[name] : null);
  return h("div", { class: "reading-options" },
    select("encoding", encodings, detected("encoding")),
    select("format", formats, detected("format")));
}

/** The name of a format or an encoding for a person. @param {string} name */
export function formatName(name) {
  const key = `format.${name}`;
  return has(key) ? t(key) : name;
}
