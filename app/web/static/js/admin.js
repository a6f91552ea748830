/** `/admin`: the operators' pages. */

import { accountSentences } from "./account/sentences.js";
import { connection, get } from "./api.js";
import { auditPage } from "./admin/audit-page.js";
import { characterPage } from "./admin/character-page.js";
import { dashboard } from "./admin/dashboard.js";
import { editPage } from "./admin/edit-page.js";
import { modelsPage } from "./admin/models-page.js";
import { signIn } from "./admin/sign-in.js";
import { elementById } from "./dom.js";
import { languages, t } from "./i18n.js";
import { refreshMe } from "./me.js";
import { Router } from "./router.js";
import { Shell } from "./shell.js";
import { watchStatus } from "./status.js";
import { failure, missing } from "./views/exceptions.js";

/** @import { AdminContext } from "./admin/dashboard.js" */
/** @import { OpenView, Params, View } from "./router.js" */
/** @import { SessionOut } from "./types.js" */

await accountSentences();
await languages.extend({
  en: async () => (await import("./admin/en.js")).en,
  zh: async () => (await import("./admin/zh.js")).zh,
});

const shell = new Shell(elementById("app"), {
  home: "/",
  nav: () => [["/", t("nav.characters")], ["/admin", t("admin.title")], ["/admin/models", t("models.title")], ["/admin/audit", t("audit.title")]],
});

/**
 * A view that asks for the admin key first, unless the caller is signed in.
 * @param {(params: Params, signal: AbortSignal, context: AdminContext) => Promise<View>} open
 * @returns {OpenView}
 */
const behindTheDoor = (open) => async (params, signal) => {
  /** @type {SessionOut} */
  const session = await get("/api/admin/session", signal);
  const again = async () => {
    await refreshMe().catch(() => {}); // signing in or out made another caller of this one
    router.refresh();
  };
  if (session.required && !session.signed_in) return signIn(again);
  return open(params, signal, { session, again });
};

const router = new Router([
  [/^\/admin$/, behindTheDoor(dashboard)],
  [/^\/admin\/models$/, behindTheDoor(modelsPage)],
  [/^\/admin\/audit$/, behindTheDoor(auditPage)],
  [/^\/admin\/characters\/(?<slug>[^/]+)$/, behindTheDoor(characterPage)],
  [/^\/admin\/characters\/(?<slug>[^/]+)\/edit$/, behindTheDoor(editPage)],
], {
  waiting: () => document.documentElement.classList.add("is-waiting"),
  show: (view, arrival) => shell.show(view, arrival),
  missing,
  failed: failure,
});

connection.addEventListener("change", () => connection.online && router.recover());
languages.addEventListener("change", () => {
  shell.draw();
  router.refresh();
});

watchStatus(new AbortController().signal);
router.start();
