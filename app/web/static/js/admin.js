/** `/admin`: the operators' pages. */

import { accountSentences } from "./account/sentences.js";
import { adaptersPage } from "./adapters/list-page.js";
import { adapterSentences } from "./adapters/sentences.js";
import { connection, get } from "./api.js";
import { auditPage } from "./admin/audit-page.js";
import { characterPage } from "./admin/character-page.js";
import { dashboard } from "./admin/dashboard.js";
import { editPage } from "./admin/edit-page.js";
import { modelsPage } from "./admin/models-page.js";
import { openReports } from "./admin/open-reports.js";
import { reportsPage } from "./admin/reports-page.js";
import { operatorSentences } from "./admin/sentences.js";
import { signIn } from "./admin/sign-in.js";
import { elementById } from "./dom.js";
import { backupPage } from "./house/backup-page.js";
import { enginePage } from "./house/engine-page.js";
import { withPlaces } from "./house/places.js";
import { scriptsPage } from "./house/scripts-page.js";
import { houseSentences } from "./house/sentences.js";
import { settingsPage } from "./house/settings-page.js";
import { languages, t } from "./i18n.js";
import { refreshMe } from "./me.js";
import { Router } from "./router.js";
import { sharingSentences } from "./sharing/sentences.js";
import { Shell } from "./shell.js";
import { watchStatus } from "./status.js";
import { failure, missing } from "./views/exceptions.js";
import { viewSentences } from "./views/sentences.js";

/** @import { AdminContext } from "./admin/dashboard.js" */
/** @import { OpenView, Params, View } from "./router.js" */
/** @import { SessionOut } from "./types.js" */

await accountSentences();
await operatorSentences();
await languages.extend({
  en: async () => (await import("./admin/reports-en.js")).en,
  zh: async () => (await import("./admin/reports-zh.js")).zh,
});
await houseSentences();
await adapterSentences();
await sharingSentences();
await viewSentences();

const shell = new Shell(elementById("app"), {
  home: "/",
  nav: () => [["/", t("nav.characters")], ["/admin", t("admin.title")], ["/admin/models", t("models.title")], ["/admin/reports", openReports.label()]],
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
  openReports.refresh();
  return open(params, signal, { session, again });
};

const router = new Router([
  [/^\/admin$/, behindTheDoor(withPlaces(dashboard))],
  [/^\/admin\/models$/, behindTheDoor(withPlaces(modelsPage))],
  [/^\/admin\/adapters$/, behindTheDoor(withPlaces(adaptersPage))],
  [/^\/admin\/scripts$/, behindTheDoor(withPlaces(scriptsPage))],
  [/^\/admin\/engine$/, behindTheDoor(withPlaces(enginePage))],
  [/^\/admin\/settings$/, behindTheDoor(withPlaces(settingsPage))],
  [/^\/admin\/backup$/, behindTheDoor(withPlaces(backupPage))],
  [/^\/admin\/reports$/, behindTheDoor(withPlaces(reportsPage))],
  [/^\/admin\/audit$/, behindTheDoor(withPlaces(auditPage))],
  [/^\/admin\/characters\/(?<slug>[^/]+)$/, behindTheDoor(characterPage)],
  [/^\/admin\/characters\/(?<slug>[^/]+)\/edit$/, behindTheDoor(editPage)],
], {
  waiting: () => document.documentElement.classList.add("is-waiting"),
  show: (view, arrival) => shell.show(view, arrival),
  missing,
  failed: failure,
});

openReports.addEventListener("change", () => shell.drawMasthead());
connection.addEventListener("change", () => connection.online && router.recover());
languages.addEventListener("change", () => {
  shell.draw();
  router.refresh();
});

watchStatus(new AbortController().signal);
router.start();
