/** `/scripts/{id}`: a script as a printed play, with the report of its upload. */

import { get, withQuery } from "../api.js";
import { fill, focusOn, h } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf } from "../format.js";
import { go } from "../go.js";
import { t } from "../i18n.js";
import { learnLink } from "../learning-lines/link.js";
import { learningSentences } from "../learning-lines/sentences.js";
import { sceneSentences } from "../scene/sentences.js";
import { stepInButton } from "../scene/step-in.js";
import { scriptPage } from "../script-page.js";
import { report } from "../upload/report.js";
import { readingSentences } from "../upload/sentences.js";

/** @import { Params, View } from "../router.js" */
/** @import { PageOf, SceneOut, ScriptReport } from "../types.js" */

/** @param {Params} params @param {AbortSignal} signal @returns {Promise<View>} */
export async function script({ id }, signal) {
  const path = `/api/scripts/${encodeURIComponent(id)}`;
  /** @type {[ScriptReport, PageOf<SceneOut>, void, void, void]} */
  const [found, first] = await Promise.all([get(path, signal), get(`${path}/scenes?limit=20`, signal), readingSentences(), learningSentences(), sceneSentences()]);
  const [{ bookmarkBar }, { curtain }] = await Promise.all([import("../bookmark/bookmark-bar.js"), import("../bookmark/curtain.js")]);
  const again = () => go(location.pathname + location.search, { replace: true });
  const node = h("article", { class: "view script" },
    h("p", { class: "eyebrow" }, h("a", { href: "/scripts" }, t("nav.scripts"))),
    h("h1", { lang: languageOf(found.title) }, found.title),
    found.characters.length > 0 && h("p", { class: "script-players" }, t("script.players"), " ",
      found.characters.map((player, n) => [n > 0 && t("list.comma"), h("a", { href: `/characters/${encodeURIComponent(player.slug)}`, lang: languageOf(player.name) }, player.name)])),
    await bookmarkBar({ script: id, changed: again, signal }),
    h("div", { class: "actions" }, h("a", { class: "button", href: `/upload?script=${encodeURIComponent(id)}` }, t("script.cast")),
      found.lines > 0 && learnLink(id)),
    h("details", {}, h("summary", {}, t("script.report")), report(found)),
    scenes(path, first, (item) => (item.read ? scene(item, stepInButton(id, item.number)) : curtain(path, item, sceneText)), signal));
  return { title: found.title, node };
}

/**
 * @param {string} path
 * @param {PageOf<SceneOut>} first
 * @param {(item: SceneOut) => Node} draw
 * @param {AbortSignal} signal
 */
function scenes(path, first, draw, signal) {
  const list = h("ol", { class: "scenes" });
  const foot = h("div", { class: "actions" });
  /** @type {string|null} */
  let cursor = null;
  /** @param {PageOf<SceneOut>} page */
  const add = (page) => {
    list.append(...page.items.map(draw));
    cursor = page.next_cursor;
    fill(foot, cursor && h("button", { class: "button", type: "button", on: { click: more } }, t("script.more")));
  };
  const more = async () => {
    try {
      const last = list.lastElementChild;
      add(await get(withQuery(`${path}/scenes`, { cursor, limit: 20 }), signal));
      focusOn(last?.nextElementSibling);
    } catch (error) {
      foot.append(h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  add(first);
  return h("div", { class: "script-scenes" }, list, foot);
}

/** @param {SceneOut} item @param {Node} step the way into it */
const scene = (item, step) => h("li", { tabindex: -1 }, sceneText(item, step));

/** @param {SceneOut} item @param {Node|null} [step] */
function sceneText(item, step = null) {
  const heading = item.heading ?? (item.episode ? t("script.episode", { name: item.episode }) : t("script.scene", { n: item.number }));
  return [
    item.part && h("p", { class: "eyebrow", lang: languageOf(item.part) }, item.part),
    h("div", { class: "scene-head" }, h("h2", { class: "scene-heading", lang: languageOf(heading) }, heading), step),
    scriptPage(item.lines),
  ];
}
