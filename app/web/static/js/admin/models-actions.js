/** What an operator can do with a model: pull, cancel, use and delete it. */

import { post, put, remove } from "../api.js";
import { ask, confirm } from "../dialogs.js";
import { h } from "../dom.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { licenceLink } from "./models-words.js";

/** @import { LanguageModelOut, LanguageModels } from "../types.js" */

const ROOT = "/api/admin/models";

/** @param {LanguageModelOut} model */
const path = (model) => `${ROOT}/${encodeURIComponent(model.name)}`;

/**
 * Each returns the list as it is afterwards; null when the person changed their mind.
 * @typedef {(model: LanguageModelOut) => Promise<LanguageModels|null>} Act
 */

/** @type {Act} */
export async function pull(model) {
  if (!(await acceptsLicence(model))) return null;
  return post(`${path(model)}/pull`, { accept_licence: true });
}

/** @type {Act} */
export async function cancel(model) {
  /** @type {LanguageModels} */
  const models = await remove(`${path(model)}/pull`);
  return models;
}

/** @type {Act} */
export async function use(model) {
  if (!model.present && !(await acceptsLicence(model))) return null;
  return put(`${ROOT}/choice`, { model: model.name, accept_licence: true });
}

/** @returns {Promise<LanguageModels>} */
export const letOffbookChoose = () => put(`${ROOT}/choice`, { model: "auto" });

/** Deletes a file; the caller reads the list anew. @param {LanguageModelOut} model @returns {Promise<boolean>} */
export async function erase(model) {
  const size = bytes(model.present ? (model.size ?? 0) : model.partial);
  const sure = await confirm({
    title: t("models.delete_title", { title: model.title }),
    body: h("p", {}, t("models.delete_text", { size })),
    action: t("models.delete"),
    danger: true,
  });
  if (!sure) return false;
  await remove(path(model));
  toast(t("models.deleted", { title: model.title }));
  return true;
}

/** Shows a licence that is not free for any use. @param {LanguageModelOut} model */
async function acceptsLicence(model) {
  if (model.licence_class === "free") return true;
  const answer = await ask({
    title: t("models.licence_title", { title: model.title }),
    content: [
      h("p", {}, h("strong", { lang: "en" }, model.licence)),
      h("p", {}, t(`models.licence.${model.licence_class}`)),
      model.licence_url && h("p", {}, licenceLink(model, t("models.licence_read"))),
    ],
    action: t("models.licence_accept"),
  });
  return answer !== null;
}
