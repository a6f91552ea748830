/** `/admin/models`: which model answers, why, and which others there are. */

import { get } from "../api.js";
import { codeText } from "../code-text.js";
import { fill, focusOn, h, reconcile } from "../dom.js";
import { explain } from "../errors.js";
import { language, t } from "../i18n.js";
import { refreshStatus } from "../status.js";
import { repeat } from "../timing.js";
import { toast } from "../toast.js";
import { letOffbookChoose } from "./models-actions.js";
import { drawProgress, modelRow, rowState } from "./models-row.js";
import { machineText, reasonText } from "./models-words.js";

/** @import { Child } from "../dom.js" */
/** @import { Params, View } from "../router.js" */
/** @import { Attempt } from "./models-row.js" */
/** @import { LanguageModels } from "../types.js" */

const PATH = "/api/admin/models";
const SOON_MS = 1_000;
const LATER_MS = 10_000;

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function modelsPage(_params, signal) {
  /** @type {LanguageModels} */
  let models = await get(PATH, signal);
  const lead = h("div", { class: "models-lead" });
  const problem = h("div", { "aria-live": "polite" });
  const list = h("ul", { class: "models-list" });
  /** @type {Attempt} */
  const attempt = async (work) => {
    fill(problem);
    try {
      const done = await work();
      if (done) show(done === true ? await get(PATH, signal) : done);
    } catch (error) {
      fill(problem, h("p", { class: "field-error" }, explain(error)));
    }
  };
  const draw = () => {
    const row = document.activeElement?.closest(".model")?.getAttribute("data-key");
    fill(lead, leadOf(models, attempt));
    reconcile(list, models.items.map((model) => {
      const state = rowState(models, model);
      return { key: model.name, signature: JSON.stringify([model, state, language()]), render: () => modelRow(model, state, attempt) };
    }));
    for (const node of list.children) {
      drawProgress(node, models.pull?.model === node.getAttribute("data-key") ? models.pull : null);
    }
    if (row && document.activeElement === document.body) focusOn(list.querySelector(`[data-key="${CSS.escape(row)}"] button:not(:disabled)`));
  };
  /** @param {LanguageModels} fresh */
  const show = (fresh) => {
    announce(models, fresh);
    models = fresh;
    draw();
  };
  draw();
  repeat(async () => {
    /** @type {LanguageModels|null} */
    const fresh = document.hidden ? null : await get(PATH, signal).catch(() => null);
    if (fresh) show(fresh);
    return models.pull?.state === "running" || models.switch?.state === "running" ? SOON_MS : LATER_MS;
  }, signal);
  return {
    title: t("models.title"),
    node: h("article", { class: "view admin models" },
      h("h1", {}, t("models.title")),
      lead, problem, list),
  };
}

/** @param {LanguageModels} models @param {Attempt} attempt @returns {Child} */
function leadOf(models, attempt) {
  const answering = models.items.find((item) => item.answering);
  const sentences = [answering ? t("models.lead", { title: answering.title }) : t("models.lead_none"), reasonText(models)].filter(Boolean);
  return [
    models.kind === "embedded" && h("p", { class: "models-answering" }, sentences.join(language() === "zh" ? "" : " ")),
    models.kind === "embedded" && h("p", { class: "field-hint" }, machineText(models.machine)),
    notice(models),
    models.switch?.state === "running" && h("p", { class: "models-loading", role: "status" }, loading(models)),
    models.kind === "embedded" && models.setting === "auto" && models.chosen !== "auto" && h("div", { class: "models-auto" },
      h("button", { class: "button", type: "button", disabled: models.switch?.state === "running", on: { click: () => attempt(letOffbookChoose) } }, t("models.auto")),
      h("p", { class: "field-hint" }, t("models.auto_text"))),
  ];
}

/** Why nothing can be chosen here, if so. @param {LanguageModels} models @returns {Child} */
function notice(models) {
  if (models.kind === "scripted") return h("p", { class: "notice" }, h("span", {}, codeText(t("models.scripted"))));
  if (models.kind === "openai") return h("p", { class: "notice" }, h("span", {}, codeText(t("models.server"))));
  if (models.setting === "auto") return null;
  return h("p", { class: "notice" }, h("span", {}, codeText(t("models.set", { model: models.setting }))));
}

/** @param {LanguageModels} models @param {string} name */
const titleOf = (models, name) => models.items.find((item) => item.name === name)?.title ?? name;

/** @param {LanguageModels} models */
function loading(models) {
  const name = models.switch?.model ?? "";
  return name === "auto" ? t("models.choosing") : t("models.loading", { title: titleOf(models, name) });
}

/** Says what has ended since the page asked last. @param {LanguageModels} before @param {LanguageModels} now */
function announce(before, now) {
  const { pull, switch: exchange } = now;
  if (before.pull?.state === "running" && pull && pull.state !== "running") {
    const title = titleOf(now, pull.model);
    if (pull.state === "done") toast(t("models.is_here", { title }));
    else toast(t(pull.state === "cancelled" ? "models.cancelled" : "models.failed", { title }));
  }
  if (before.switch?.state !== "running" || !exchange || exchange.state === "running") return;
  refreshStatus().catch(() => {});
  const auto = exchange.model === "auto";
  const title = titleOf(now, exchange.model);
  if (exchange.state === "done") toast(auto ? t("models.chosen_auto") : t("models.chosen", { title }));
  else toast(auto ? t("models.switch_failed_auto") : t("models.switch_failed", { title }));
}
