/** Act one: which file, and how to read it. */

import { fill, h, uniqueId } from "../dom.js";
import { choice, field } from "../field.js";
import { bytes } from "../format.js";
import { has, t } from "../i18n.js";

const ENCODINGS = ["utf-8", "utf-16", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1252", "cp1251"];

/**
 * The place a file is dropped on; `page` is as good a place.
 * @param {{page: HTMLElement, file: File|null, limit: number, onFile: (file: File) => void}} options
 */
export function dropZone({ page, file, limit, onFile }) {
  const id = uniqueId("file");
  const words = h("span", { class: "drop-words" });
  const input = h("input", { class: "drop-input", id, type: "file" });
  const zone = h("label", { class: "drop", for: id }, input, words);
  const name = (chosen) => fill(words, chosen
    ? [h("strong", {}, chosen.name), h("span", {}, t("upload.chosen", { size: bytes(chosen.size) }))]
    : [h("strong", {}, t("upload.drop")), h("span", {}, t("upload.kinds")), h("span", {}, t("upload.limit", { size: bytes(limit) }))]);
  const take = (chosen) => {
    if (!chosen) return;
    name(chosen);
    onFile(chosen);
  };
  input.addEventListener("change", () => {
    take(input.files[0]);
    // The same file can be chosen again after it was mended.
    input.value = "";
  });
  const over = (event) => {
    event.preventDefault();
    zone.classList.toggle("is-over", event.type === "dragover");
  };
  page.addEventListener("dragover", over);
  page.addEventListener("dragleave", over);
  page.addEventListener("drop", (event) => {
    over(event);
    take(event.dataTransfer.files[0]);
  });
  name(file);
  return zone;
}

/**
 * Overrides of what was detected; every change reads the file again.
 * @param {import("./wizard.js").Wizard} wizard
 * @param {string[]} formats
 */
export function readingOptions(wizard, formats, onChange) {
  const select = (name, values, found) => field({
    label: t(`upload.${name}`), name, value: wizard[name],
    control: choice([["", found ? t("upload.detected", { found: formatName(found) }) : t("upload.detect")], ...values.map((value) => [value, formatName(value)])]),
    on: { change: (event) => {
      wizard[name] = event.target.value;
      if (name === "format") wizard.forgetColumns(); // another format has no such columns
      onChange();
    } },
  });
  const encodings = [...new Set([...ENCODINGS, wizard.encoding])].filter(Boolean);
  const detected = (name) => (wizard[name] === "" ? wizard.read?.[name] : null);
  return h("div", { class: "reading-options" },
    select("encoding", encodings, detected("encoding")),
    select("format", formats, detected("format")));
}

/** What a format or an encoding is called. */
export const formatName = (name) => (has(`format.${name}`) ? t(`format.${name}`) : name);
