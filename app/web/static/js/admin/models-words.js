/** What is said about a model: its licence, its speed, and why it answers. */

import { h } from "../dom.js";
import { bytes, decimal, number } from "../format.js";
import { has, language, t } from "../i18n.js";
import { languageName } from "../language-name.js";

/** @import { Child } from "../dom.js" */
/** @import { LanguageModelOut, LanguageModels, ModelSpeed } from "../types.js" */

/** @param {LanguageModelOut} model */
export const about = (model) => (language() === "zh" ? model.about_zh || model.about : model.about);

/** Why the model that answers was chosen; "" where that is not known. @param {LanguageModels} models */
export function reasonText({ reason, items }) {
  const key = `models.reason.${reason?.code}`;
  if (!reason || !has(key)) return "";
  const title = items.find((item) => item.name === reason.model)?.title ?? reason.model;
  const size = reason.code === "memory" || reason.code === "disk";
  const figures = Object.entries(reason.figures).map(([name, figure]) => [name, size ? bytes(figure) : decimal(figure)]);
  return t(key, { title, ...Object.fromEntries(figures) });
}

/** @param {LanguageModels["machine"]} machine */
export const machineText = ({ memory, cores, disk }) =>
  t("models.machine", { memory: bytes(memory), cores: t("models.cores", { n: cores }), disk: bytes(disk) });

/** @param {ModelSpeed} speed */
const speedText = ({ reply, measured }) =>
  t(measured ? "models.speed_measured" : "models.speed", { reply: decimal(reply) });

/** The facts of a model in one line, with a link to its licence. @param {LanguageModelOut} model @returns {Child} */
export function facts(model) {
  const words = [
    model.size === null ? t("models.vllm_only") : bytes(model.size),
    model.languages.map(languageName).join(t("list.comma")),
    t("models.context", { n: number(model.context_length) }),
  ];
  return h("p", { class: "model-facts" }, words.filter(Boolean).join(" · "), " · ", licenceLink(model, model.licence));
}

/** @param {LanguageModelOut} model @param {string} label */
export function licenceLink(model, label) {
  if (!model.licence_url) return h("span", { lang: "en" }, label);
  return h("a", { href: model.licence_url, target: "_blank", rel: "noopener noreferrer", lang: label === model.licence ? "en" : null }, label);
}

/** Whether a model suits this machine, with its speed. @param {LanguageModelOut} model @returns {Child} */
export function fitText({ fit, speed }) {
  if (fit === null) return null;
  const words = [t(`models.fit.${fit}`), speed && speed.reply > 0 && speedText(speed)];
  return h("p", { class: `model-fit is-${fit}` }, h("span", { class: "model-mark", "aria-hidden": "true" }), words.filter(Boolean).join(" · "));
}

/** @param {LanguageModelOut} model @param {string} chosen @returns {Child} */
export function tags(model, chosen) {
  const by = chosen === "auto" ? "models.chosen_by_auto" : "models.chosen_by_you";
  return [
    model.answering && [h("span", { class: "tag tag-good" }, t("models.answering")), " ", h("span", { class: "tag" }, t(by)), " "],
    model.present && !model.answering && [h("span", { class: "tag" }, t("models.here")), " "],
    model.stand_in && [h("span", { class: "tag" }, t("models.stand_in")), " "],
    model.licence_class !== "free" && h("span", { class: "tag tag-failed" }, t(`models.licence_tag.${model.licence_class}`)),
  ];
}
