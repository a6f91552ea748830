/** `/scripts/{id}/rehearse`: the parts of a script, to learn by heart. */

import { get, withQuery } from "../api.js";
import { fill, focusOn, h } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { knownMeter, learnPath } from "../learning-lines/link.js";
import { learningSentences } from "../learning-lines/sentences.js";

/** @import { Params, View } from "../router.js" */
/** @import { PageOf, PartOut, ScriptReport } from "../types.js" */

/** @param {Params} params @param {AbortSignal} signal @returns {Promise<View>} */
export async function learnParts({ id }, signal) {
  const script = `/api/scripts/${encodeURIComponent(id)}`;
  await learningSentences(); // what may be refused below has its sentences there
  /** @type {[ScriptReport, PageOf<PartOut>]} */
  const [{ title }, first] = await Promise.all([get(script, signal), get(`${script}/parts?limit=30`, signal)]);
  const node = h("article", { class: "view learn" },
    h("p", { class: "eyebrow" }, h("a", { href: `/scripts/${encodeURIComponent(id)}`, lang: languageOf(title) }, title)),
    h("h1", {}, t("learn.title")),
    first.items.length > 0 ? [h("p", { class: "learn-lead" }, t("learn.lead")), partList(id, `${script}/parts`, first, signal)] : h("p", { class: "learn-lead" }, t("learn.none")));
  return { title: t("learn.title"), node };
}

/** @param {string} id @param {string} path @param {PageOf<PartOut>} first @param {AbortSignal} signal */
function partList(id, path, first, signal) {
  const list = h("ul", { class: "learn-parts" });
  const foot = h("div", { class: "actions" });
  /** @type {string|null} */
  let cursor = null;
  /** @param {PageOf<PartOut>} page */
  const add = (page) => {
    list.append(...page.items.map((part) => row(id, part)));
    cursor = page.next_cursor;
    fill(foot, cursor && h("button", { class: "button", type: "button", on: { click: more } }, t("learn.more_parts")));
  };
  const more = async () => {
    try {
      const last = list.lastElementChild;
      add(await get(withQuery(path, { cursor, limit: 30 }), signal));
      focusOn(last?.nextElementSibling?.querySelector("a"));
    } catch (error) {
      foot.append(h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  add(first);
  return h("div", {}, list, foot);
}

/** @param {string} id @param {PartOut} part */
function row(id, part) {
  return h("li", { class: "learn-part" },
    h("h2", { lang: languageOf(part.display) }, h("a", { href: learnPath(id, part.speaker) }, part.display)),
    h("p", { class: "card-meta" }, t("learn.size", { lines: part.lines, scenes: part.scenes })),
    part.started > 0 && knownMeter(part));
}
