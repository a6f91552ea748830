/** A registered adapter in the list. */

import { remove } from "../api.js";
import { confirm } from "../dialogs.js";
import { h, uniqueId } from "../dom.js";
import { bytes, moment } from "../format.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { dataCard } from "./data-card.js";
import { PATH } from "./paths.js";
import { statusText } from "./words.js";

/** @import { AdapterOut } from "../types.js" */

/** @param {AdapterOut} adapter @param {(work: () => Promise<boolean>) => void} attempt */
export function adapterRow(adapter, attempt) {
  const why = uniqueId("why");
  const speaks = adapter.in_force.length > 0;
  return h("li", { class: "model adapter" },
    h("div", { class: "model-body" },
      h("h2", { lang: "en" }, adapter.name),
      h("p", { class: "model-facts" }, [
        adapter.base_title, t("adapters.rank", { n: adapter.rank }), bytes(adapter.size), moment(adapter.created_at),
      ].join(" · ")),
      statusText(adapter),
      h("p", {}, speaks ? [t("adapters.speaks_for"), " ", names(adapter)] : t("adapters.speaks_for_none"))),
    h("div", { class: "model-tools" },
      h("button", {
        class: "button button-plain", type: "button", disabled: speaks,
        "aria-label": t("adapters.remove_named", { name: adapter.name }), "aria-describedby": speaks ? why : null,
        on: { click: () => attempt(() => erase(adapter)) },
      }, t("adapters.remove")),
      speaks && h("p", { class: "field-hint", id: why }, t("adapters.remove_in_force"))),
    h("details", { class: "model-vllm adapter-card" },
      h("summary", {}, t("adapters.card"), h("span", { class: "visually-hidden" }, ` (${adapter.name})`)),
      dataCard(adapter)));
}

/** @param {AdapterOut} adapter */
function names({ in_force: characters }) {
  return characters.map(({ slug, name }, at) => [
    at > 0 && t("list.comma"),
    h("a", { href: `/admin/characters/${encodeURIComponent(slug)}` }, name),
  ]);
}

/** @param {AdapterOut} adapter @returns {Promise<boolean>} */
async function erase({ name, size }) {
  const sure = await confirm({
    title: t("adapters.remove_title", { name }),
    body: h("p", {}, t("adapters.remove_text", { size: bytes(size) })),
    action: t("adapters.remove"),
    danger: true,
  });
  if (!sure) return false;
  await remove(`${PATH}/${encodeURIComponent(name)}`);
  toast(t("adapters.removed", { name }));
  return true;
}
