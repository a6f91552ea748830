/** The form that registers an adapter from a ZIP. */

import { upload } from "../api.js";
import { fill, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { bytes, percent } from "../format.js";
import { t } from "../i18n.js";
import { meter } from "../progress.js";
import { toast } from "../toast.js";
import { PATH } from "./paths.js";

/** @import { AdapterOut } from "../types.js" */

const LONGEST_NAME = 64;

/** @param {{most: number, done: () => Promise<void>, signal: AbortSignal}} options */
export function uploadForm({ most, done, signal }) {
  const [file, name, hint] = [uniqueId("file"), uniqueId("name"), uniqueId("hint")];
  const state = h("div", { class: "audition-state", role: "status" });
  const problem = h("div", {});
  const button = h("button", { class: "button button-primary" }, t("adapters.register"));
  const input = h("input", { class: "input", id: file, name: "file", type: "file", accept: ".zip,application/zip", required: true, "aria-describedby": hint });
  const named = h("input", { class: "input", id: name, name: "name", maxlength: LONGEST_NAME, pattern: "[a-z0-9][a-z0-9._\\-]*", autocomplete: "off", spellcheck: "false" });

  /** @param {File} chosen */
  const send = async (chosen) => {
    fill(problem);
    if (chosen.size > most) {
      fill(problem, h("p", { class: "field-error", role: "alert" }, t("adapters.too_large", { size: bytes(chosen.size), most: bytes(most) })));
      return;
    }
    const form = new FormData();
    form.set("file", chosen);
    form.set("name", named.value.trim());
    button.disabled = true;
    try {
      /** @type {AdapterOut} */
      const made = await upload(PATH, form, { signal, onProgress: (share) => fill(state, meter(share, t("adapters.sending")), h("p", { class: "progress-text" }, share < 1 ? percent(share) : t("adapters.checking"))) });
      input.value = "";
      named.value = "";
      toast(t("adapters.registered", { name: made.name }));
      await done();
    } catch (error) {
      if (signal.aborted) return;
      fill(problem, h("p", { class: "field-error", role: "alert" }, explain(error)));
    } finally {
      fill(state);
      button.disabled = false;
    }
  };
  return h("form", {
    class: "adapter-upload", on: {
      submit: (event) => {
        event.preventDefault();
        const chosen = input.files?.[0];
        if (chosen) send(chosen);
      },
    },
  },
    h("h2", { class: "eyebrow" }, t("adapters.new")),
    h("div", { class: "field" }, h("label", { class: "field-label", for: file }, t("adapters.file")), input,
      h("p", { class: "field-hint", id: hint }, t("adapters.file_hint", { most: bytes(most) }))),
    h("div", { class: "field" }, h("label", { class: "field-label", for: name }, t("adapters.name")), named),
    h("div", { class: "actions" }, button),
    problem, state);
}
