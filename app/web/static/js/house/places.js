/** The places of the administration, one line above each of its pages. */

import { h } from "../dom.js";
import { t } from "../i18n.js";

/** @import { AdminContext } from "../admin/dashboard.js" */
/** @import { Params, View } from "../router.js" */

/** @typedef {(params: Params, signal: AbortSignal, context: AdminContext) => Promise<View>} OpenAdminView */

/** @returns {Array<[string, string]>} address and name */
const places = () => [
  ["/admin", t("places.house")],
  ["/admin/scripts", t("nav.scripts")],
  ["/admin/models", t("models.title")],
  ["/admin/adapters", t("adapters.title")],
  ["/admin/reports", t("reports.title")],
  ["/admin/audit", t("audit.title")],
  ["/admin/engine", t("engine.title")],
  ["/admin/settings", t("settings.title")],
  ["/admin/backup", t("backup.title")],
];

/** A view below the line of places. @param {OpenAdminView} open @returns {OpenAdminView} */
export const withPlaces = (open) => async (params, signal, context) => {
  const view = await open(params, signal, context);
  return {
    ...view,
    node: h("div", { class: "with-places" }, line(), view.node),
    shown: () => {
      view.shown?.();
      // On a phone the present place may lie beyond the edge.
      const here = document.querySelector(".places [aria-current]");
      const row = here?.closest("ul");
      if (here instanceof HTMLElement && row) row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
    },
  };
};

function line() {
  return h("nav", { class: "places", "aria-label": t("places.label") },
    h("ul", {}, places().map(([href, label]) => h("li", {},
      h("a", { href, "aria-current": href === location.pathname ? "page" : null }, label)))));
}
