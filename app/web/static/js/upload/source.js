/** Act one: which file, and how to read it. */

import { fill, h, uniqueId } from "../dom.js";
import { choice, field } from "../field.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";

const ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5", "shift_jis", "latin-1"];
const FORMATS = ["csv", "table", "jsonl", "text"];

/**
 * @param {{limit: number, onFile: (file: File) => void}} options
 */
export function dropZone({ limit, onFile }) {
  const id = uniqueId("file");
  const words = h("span", { class: "drop-words" });
  const input = h("input", { class: "drop-input", id, type: "file", accept: ".txt,.csv,.md,.tsv,.jsonl,text/plain,text/csv" });
  const zone = h("label", { class: "drop", for: id }, input, words);
  const name = (file) => fill(words, file
    ? [h("strong", {}, file.name), h("span", {}, t("upload.chosen", { size: bytes(file.size) }))]
    : [h("strong", {}, t("upload.drop")), h("span", {}, t("upload.limit", { size: bytes(limit) }))]);
  const take = (file) => {
    if (!file) return;
    name(file);
    onFile(file);
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
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", over);
  zone.addEventListener("drop", (event) => {
    over(event);
    take(event.dataTransfer.files[0]);
  });
  name(null);
  return zone;
}

/** Overrides of what was detected; every change reads the file again. */
export function readingOptions(wizard, onChange) {
  const select = (name, values) => field({
    label: t(`upload.${name}`), name, value: wizard[name],
    control: choice([["", t("upload.detect")], ...values.map((value) => [value, t(`format.${value}`)])]),
    on: { change: (event) => {
      wizard[name] = event.target.value;
      onChange();
    } },
  });
  return h("div", { class: "reading-options" }, select("encoding", ENCODINGS), select("format", FORMATS));
}
