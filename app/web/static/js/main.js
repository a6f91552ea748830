/** The pages people talk on. */

import { codeOf, connection } from "./api.js";
import { elementById, h } from "./dom.js";
import { languages, t } from "./i18n.js";
import { later } from "./later.js";
import { keepPages } from "./offline.js";
import { Router } from "./router.js";
import { Shell } from "./shell.js";
import { status, watchStatus } from "./status.js";
import { failure, missing } from "./views/exceptions.js";
import { viewSentences } from "./views/sentences.js";

// A view's modules are fetched when it is opened. What a view keeps, a running turn or an upload,
// outlives it: a person who looks elsewhere meanwhile, or changes the language, loses nothing.
const gallery = later(async () => (await import("./views/gallery.js")).gallery);
/** A view that has sentences beyond those of the first. @param {() => Promise<import("./router.js").OpenView>} fetched */
const further = (fetched) => later(async () => (await Promise.all([fetched(), viewSentences()]))[0]);
const character = further(async () => (await import("./views/character.js")).character);
const scripts = further(async () => {
  const [view, ways] = await Promise.all([import("./views/scripts.js"), import("./account/ways.js")]);
  return ways.behindTheDoor(view.scripts);
});
const script = further(async () => (await import("./views/script.js")).script);
const learnParts = further(async () => (await import("./views/learn-parts.js")).learnParts);
const learnPart = further(async () => (await import("./views/learn-part.js")).learnPart);
const conversation = further(async () => {
  const [view, chat] = await Promise.all([import("./views/conversation.js"), import("./chat/turn.js")]);
  return view.conversation(new chat.RunningTurns());
});
const upload = further(async () => {
  const [view, state, ways] = await Promise.all([import("./views/upload.js"), import("./upload/batch.js"), import("./account/ways.js")]);
  return ways.behindTheDoor(view.uploadView(new state.Batch()));
});
const signIn = further(async () => (await import("./views/sign-in.js")).signInView());
const signUp = further(async () => (await import("./views/sign-up.js")).signUpView());
const goToTheDoor = later(async () => (await import("./account/ways.js")).goToTheDoor);
const mine = further(async () => {
  const [view, ways] = await Promise.all([import("./views/mine.js"), import("./account/ways.js")]);
  return ways.behindTheDoor(view.mine);
});
const edit = further(async () => (await import("./views/edit.js")).edit);
const opening = further(async () => (await import("./stage/opening-view.js")).opening);
const withLink = further(async () => (await import("./views/with.js")).withView());
const account = further(async () => (await import("./views/account.js")).account);
const myData = further(async () => (await import("./views/my-data.js")).myDataView);

/** One's own characters; a service that is open to its one user has no others. @returns {Array<[string, string]>} */
const own = () => (status.current?.admin_required ? [["/mine", t("nav.mine")]] : []);

const shell = new Shell(elementById("app"), {
  home: "/",
  nav: () => (status.current?.may_upload === false
    ? [["/", t("nav.characters")]]
    : [["/", t("nav.characters")], ...own(), ["/scripts", t("nav.scripts")], ["/upload", t("nav.upload")]]),
});

const router = new Router(
  [
    [/^\/$/, gallery],
    [/^\/characters\/(?<slug>[^/]+)$/, character],
    [/^\/characters\/(?<slug>[^/]+)\/edit$/, edit],
    [/^\/mine$/, mine],
    [/^\/with$/, withLink],
    [/^\/conversations\/(?<id>[^/]+)$/, conversation],
    [/^\/stage$/, opening],
    [/^\/scripts$/, scripts],
    [/^\/scripts\/(?<id>[^/]+)$/, script],
    [/^\/scripts\/(?<id>[^/]+)\/rehearse$/, learnParts],
    [/^\/scripts\/(?<id>[^/]+)\/rehearse\/(?<part>[^/]+)$/, learnPart],
    [/^\/upload$/, upload],
    [/^\/sign-in$/, signIn],
    [/^\/sign-up$/, signUp],
    [/^\/account$/, account],
    [/^\/my-data$/, myData],
  ],
  {
    waiting: () => document.documentElement.classList.add("is-waiting"),
    show: (view, arrival) => shell.show(view, arrival),
    missing,
    failed: (error, retry) => {
      if (codeOf(error) !== "sign_in_needed") return failure(error, retry);
      goToTheDoor().catch(() => {}); // the view of the door replaces this one
      return { title: "", node: h("div", {}) };
    },
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
keepPages();
