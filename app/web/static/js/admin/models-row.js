/** A model in the list, with its actions and the progress of its download. */

import { fill, h } from "../dom.js";
import { bytes, percent } from "../format.js";
import { t } from "../i18n.js";
import { meter } from "../progress.js";
import { cancel, erase, pull, use } from "./models-actions.js";
import { about, facts, fitText, tags } from "./models-words.js";

/** @import { Child } from "../dom.js" */
/** @import { LanguageModelOut, LanguageModels, ModelPull } from "../types.js" */

/**
 * @typedef {object} RowState what of the list a row depends on, beside its model
 * @property {string} chosen
 * @property {boolean} embedded whether the service runs the engine
 * @property {boolean} choosable whether no setting decides
 * @property {boolean} pulling whether this model is being downloaded
 * @property {boolean} busy whether another model is being downloaded
 * @property {boolean} loading whether a model is being loaded
 *
 * @typedef {(work: () => Promise<LanguageModels|boolean|null>) => void} Attempt does something and shows what came of it
 * @typedef {(model: LanguageModelOut) => Promise<LanguageModels|boolean|null>} Act
 */

/** @param {LanguageModels} models @param {LanguageModelOut} model @returns {RowState} */
export function rowState(models, model) {
  const pulled = models.pull?.state === "running" ? models.pull.model : null;
  return {
    chosen: models.chosen,
    embedded: models.kind === "embedded",
    choosable: models.setting === "auto",
    pulling: pulled === model.name,
    busy: pulled !== null && pulled !== model.name,
    loading: models.switch?.state === "running",
  };
}

/** @param {LanguageModelOut} model @param {RowState} state @param {Attempt} attempt */
export function modelRow(model, state, attempt) {
  return h("li", { class: model.answering ? "model is-answering" : "model" },
    h("div", { class: "model-body" },
      h("h2", { lang: "en" }, model.title),
      h("p", { class: "model-tags" }, tags(model, state.chosen)),
      h("p", {}, about(model)),
      facts(model),
      state.embedded && fitText(model)),
    state.embedded && model.size !== null && h("div", { class: "model-tools" }, tools(model, state, attempt)),
    h("div", { class: "model-progress" }),
    (!state.embedded || model.size === null) && vllm(model, !state.embedded));
}

/** @param {LanguageModelOut} model @param {RowState} state @param {Attempt} attempt @returns {Child} */
function tools(model, state, attempt) {
  const { title } = model;
  /** @param {string} label @param {Act} act @param {{disabled?: boolean, style?: string}} [options] */
  const button = (label, act, { disabled = false, style = "" } = {}) =>
    h("button", {
      class: `button ${style}`.trim(), type: "button", disabled,
      "aria-label": t("models.named", { action: label, title }), on: { click: () => attempt(() => act(model)) },
    }, label);
  if (state.pulling) return button(t("models.cancel"), cancel);
  const begin = model.partial > 0 ? t("models.resume") : t("models.pull", { size: bytes(model.size ?? 0) });
  return [
    !model.present && button(begin, pull, { disabled: state.busy || state.loading }),
    model.present && !model.answering && state.choosable && button(t("models.use"), use, { disabled: state.loading, style: "button-primary" }),
    (model.present || model.partial > 0) && !model.answering &&
      button(t(model.present ? "models.delete" : "models.delete_partial"), erase, { disabled: state.loading, style: "button-plain" }),
  ];
}

/** @param {LanguageModelOut} model @param {boolean} open */
function vllm({ vllm_command: commands }, open) {
  if (!commands.length) return null;
  return h("details", { class: "model-vllm", open },
    h("summary", {}, t("models.vllm")),
    h("pre", { lang: "en" }, h("code", {}, commands.join("\n"))));
}

/** Shows how far a download is, without drawing the row anew. @param {Element} row @param {ModelPull|null} pulled */
export function drawProgress(row, pulled) {
  const box = row.querySelector(".model-progress");
  if (!box) return;
  if (pulled?.state !== "running") {
    fill(box, pulled?.state === "failed" && [
      h("p", { class: "field-error" }, t("models.failed", { title: row.querySelector("h2")?.textContent ?? "" })),
      h("p", { class: "field-hint model-problem", lang: "en" }, pulled.error),
    ]);
    return;
  }
  const share = pulled.total ? Math.min(1, pulled.done / pulled.total) : 0;
  const amount = pulled.total ? `${bytes(pulled.done)} / ${bytes(pulled.total)} · ${percent(share)}` : bytes(pulled.done);
  fill(box,
    meter(share, t("models.pulling", { title: row.querySelector("h2")?.textContent ?? "" })),
    h("p", { class: "progress-text" }, pulled.done ? amount : t("models.waiting")));
}
