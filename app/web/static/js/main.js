/** The pages people talk on. */

import { connection } from "./api.js";
import { elementById } from "./dom.js";
import { languages, t } from "./i18n.js";
import { Router } from "./router.js";
import { Shell } from "./shell.js";
import { status, watchStatus } from "./status.js";
import { RunningTurns } from "./chat/turn.js";
import { Wizard } from "./upload/wizard.js";
import { character } from "./views/character.js";
import { failure, missing } from "./views/exceptions.js";
import { gallery } from "./views/gallery.js";
import { script } from "./views/script.js";
import { scripts } from "./views/scripts.js";
import { uploadView } from "./views/upload.js";

// These outlive the views: a person who looks elsewhere meanwhile, or changes the language, loses nothing.
const turns = new RunningTurns();
const wizard = new Wizard();

/** @type {import("./router.js").OpenView} */
const conversation = async (params, signal) => (await import("./views/conversation.js")).conversation(turns)(params, signal);

const shell = new Shell(elementById("app"), {
  home: "/",
  nav: () => (status.current?.may_upload === false
    ? [["/", t("nav.characters")]]
    : [["/", t("nav.characters")], ["/scripts", t("nav.scripts")], ["/upload", t("nav.upload")]]),
});

const router = new Router(
  [
    [/^\/$/, gallery],
    [/^\/characters\/(?<slug>[^/]+)$/, character],
    [/^\/conversations\/(?<id>[^/]+)$/, conversation],
    [/^\/scripts$/, scripts],
    [/^\/scripts\/(?<id>[^/]+)$/, script],
    [/^\/upload$/, uploadView(wizard)],
  ],
  {
    waiting: () => document.documentElement.classList.add("is-waiting"),
    show: (view, arrival) => shell.show(view, arrival),
    missing,
    failed: failure,
  },
);

// Views ask for a change of place with an event, so that none of them needs the router.
addEventListener("offbook:go", (event) => {
  const { path, replace } = /** @type {CustomEvent<import("./go.js").Destination>} */ (event).detail;
  router.go(path, { replace });
});
connection.addEventListener("change", () => connection.online && router.recover());
languages.addEventListener("change", () => {
  shell.draw();
  router.refresh();
});

watchStatus(new AbortController().signal);
router.start();
