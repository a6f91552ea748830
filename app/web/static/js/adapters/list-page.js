/** `/admin/adapters`: the registered adapters, what is known of them, and for whom they speak. */

import { get } from "../api.js";
import { fill, focusOn, h, reconcile } from "../dom.js";
import { explain } from "../errors.js";
import { language, t } from "../i18n.js";
import { repeat } from "../timing.js";
import { adapterRow } from "./list-row.js";
import { PATH } from "./paths.js";
import { uploadForm } from "./upload-form.js";

/** @import { Params, View } from "../router.js" */
/** @import { AdaptersOut } from "../types.js" */

const POLL_MS = 10_000;

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function adaptersPage(_params, signal) {
  /** @type {AdaptersOut} */
  let found = await get(PATH, signal);
  const list = h("ul", { class: "models-list adapters-list" });
  const none = h("p", { class: "field-hint" });
  const problem = h("div", { "aria-live": "polite" });
  const draw = () => {
    const row = document.activeElement?.closest(".adapter")?.getAttribute("data-key");
    none.textContent = found.items.length ? "" : t("adapters.none");
    none.hidden = found.items.length > 0;
    reconcile(list, found.items.map((adapter) => ({
      key: adapter.name,
      signature: JSON.stringify([adapter, found.model, language()]),
      render: () => adapterRow(adapter, attempt),
    })));
    if (row && document.activeElement === document.body) focusOn(list.querySelector(`[data-key="${CSS.escape(row)}"] summary`));
  };
  const refresh = async () => {
    found = await get(PATH, signal);
    draw();
  };
  /** Does something and shows what came of it. @param {() => Promise<boolean>} work */
  const attempt = async (work) => {
    fill(problem);
    try {
      if (await work()) await refresh();
    } catch (error) {
      fill(problem, h("p", { class: "field-error" }, explain(error)));
    }
  };
  draw();
  repeat(async () => {
    if (!document.hidden) await refresh().catch(() => {});
    return POLL_MS;
  }, signal);
  return {
    title: t("adapters.title"),
    node: h("article", { class: "view admin models adapters" },
      h("h1", {}, t("adapters.title")),
      h("div", { class: "models-lead" },
        h("p", { class: "models-answering" }, t("adapters.lead")),
        h("p", { class: "field-hint" }, found.model === null ? t("adapters.no_model") : t("adapters.model", { model: found.model }))),
      uploadForm({ most: found.most_bytes, done: refresh, signal }),
      problem, none, list),
  };
}
