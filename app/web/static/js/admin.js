/** `/admin`: for whoever runs this Offbook. */

import { connection, get } from "./api.js";
import { characterPage } from "./admin/character-page.js";
import { dashboard } from "./admin/dashboard.js";
import { signIn } from "./admin/sign-in.js";
import { languages, t } from "./i18n.js";
import { Router } from "./router.js";
import { Shell } from "./shell.js";
import { watchStatus } from "./status.js";
import { failure, missing } from "./views/exceptions.js";

const shell = new Shell(document.getElementById("app"), {
  home: "/",
  nav: () => [["/", t("nav.characters")], ["/admin", t("admin.title")]],
});

/** A view for those who have shown the key; the others are asked for it first. */
const behindTheDoor = (open) => async (params, signal) => {
  const session = await get("/api/admin/session", signal);
  const again = () => router.refresh();
  if (session.required && !session.signed_in) return signIn(again);
  return open({ ...params, session, again }, signal);
};

const router = new Router([
  [/^\/admin$/, behindTheDoor(dashboard)],
  [/^\/admin\/characters\/(?<slug>[^/]+)$/, behindTheDoor(characterPage)],
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
