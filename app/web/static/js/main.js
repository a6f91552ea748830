/** The pages people talk on. */

import { connection, unreachable } from "./api.js";
import { elementById } from "./dom.js";
import { languages, t } from "./i18n.js";
import { Router } from "./router.js";
import { Shell } from "./shell.js";
import { status, watchStatus } from "./status.js";
import { RunningTurns } from "./chat/turn.js";
import { failure, missing } from "./views/exceptions.js";
import { gallery } from "./views/gallery.js";

// These outlive the views: a person who looks elsewhere meanwhile, or changes the language, loses nothing.
const turns = new RunningTurns();

/** @import { OpenView } from "./router.js" */

/**
 * A view whose modules are loaded when it is first opened: the first page needs none of them.
 * @param {() => Promise<OpenView>} load
 * @returns {OpenView}
 */
function later(load) {
  /** @type {Promise<OpenView>|undefined} */
  let loaded;
  return async (params, signal) => {
    loaded ??= load();
    const view = await loaded.catch((error) => {
      loaded = undefined; // the next attempt asks for it again
      throw error instanceof TypeError ? unreachable() : error; // a TypeError: it was not fetched
    });
    return view(params, signal);
  };
}

const character = later(async () => (await import("./views/character.js")).character);
const conversation = later(async () => (await import("./views/conversation.js")).conversation(turns));
const script = later(async () => (await import("./views/script.js")).script);
const scripts = later(async () => (await import("./views/scripts.js")).scripts);
const upload = later(async () => {
  const [{ Batch }, { uploadView }] = await Promise.all([import("./upload/batch.js"), import("./views/upload.js")]);
  return uploadView(new Batch());
});

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
    [/^\/upload$/, upload],
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
