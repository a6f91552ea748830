/** `/my-data`: what a guest has in this browser, or the one user of an open service. */

import { myData } from "../account/my-data.js";
import { accountSentences } from "../account/sentences.js";
import { h } from "../dom.js";
import { go } from "../go.js";
import { t } from "../i18n.js";
import { refreshMe } from "../me.js";

/** @import { Params, View } from "../router.js" */

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function myDataView(_params, signal) {
  await accountSentences();
  const caller = await refreshMe();
  if (caller.person !== null) {
    go("/account", { replace: true });
    return { title: t("my_data.title"), node: h("div", { class: "view" }) };
  }
  return {
    title: t("my_data.title"),
    node: h("div", { class: "view account" }, h("h1", {}, t("my_data.here")), await myData(caller, signal)),
  };
}
