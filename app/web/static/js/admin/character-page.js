/** `/admin/characters/{slug}`: how one character's lines are chosen, and how well; what it remembers. */

import { characterAdapters } from "../adapters/character-adapters.js";
import { pathOf } from "../adapters/paths.js";
import { get } from "../api.js";
import { fill, h } from "../dom.js";
import { languageOf, number } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { inspector } from "../inspector.js";
import { hued, portrait } from "../monogram.js";
import { picturePickers } from "../pictures/picker.js";
import { repeat } from "../timing.js";
import { audition } from "./audition.js";
import { candidates } from "./candidates.js";
import { modeChoice } from "./mode-choice.js";
import { proof } from "./proof.js";
import { firstMemories, sceneMemories } from "./scene-memories.js";

/** @import { Params, View } from "../router.js" */
/** @import { AuditionOut, CharacterAdapters, CharacterOut, CharacterSignals, LikelihoodAuditionOut, SceneMemoriesOut, Stats } from "../types.js" */

const POLL_MS = 1_000;

/** @param {Params} params @param {AbortSignal} signal @returns {Promise<View>} */
export async function characterPage({ slug }, signal) {
  const path = `/api/characters/${encodeURIComponent(slug)}?whole=true`;
  const admin = `/api/admin/characters/${encodeURIComponent(slug)}`;
  /** @type {[CharacterOut, Stats, AuditionOut, LikelihoodAuditionOut, SceneMemoriesOut, CharacterSignals, CharacterAdapters]} */
  const [found, stats, heard, measured, memories, said, adapters] = await Promise.all([
    get(path, signal), get("/api/admin/stats", signal), get(`${admin}/audition`, signal),
    get(`${admin}/audition/likelihood`, signal), firstMemories(`${admin}/scene-memories`, signal),
    get(`${admin}/signals`, signal), get(pathOf(slug), signal),
  ]);
  const mode = h("div", {});
  /** @param {CharacterOut} current */
  const draw = (current) => {
    fill(mode, modeChoice({ character: current, installation: stats.retrieval, path: admin, changed }));
  };
  /** @param {CharacterOut} fresh */
  const changed = (fresh) => {
    draw(fresh);
    if (fresh.progress) follow(path, draw, signal);
  };
  changed(found);
  return {
    title: found.name,
    node: h("article", { class: "view admin admin-page", ...hued(found.name) },
      h("header", { class: "admin-page-head" },
        h("a", { class: "icon-button", href: "/admin", "aria-label": t("admin.back") }, icon("back")),
        portrait(found),
        h("div", {},
          h("h1", { lang: languageOf(found.name, found.language) }, found.name),
          h("p", {}, h("a", { href: `/characters/${encodeURIComponent(slug)}` }, t("admin.on_stage"))),
          signalsLine(said))),
      picturePickers(found),
      mode,
      inspector(found, signal, candidates),
      sceneMemories({ path: `${admin}/scene-memories`, first: memories, signal }),
      audition({ path: `${admin}/audition`, first: heard, signal }),
      proof({ name: found.name, path: `${admin}/audition/likelihood`, first: measured, signal }),
      characterAdapters({ name: found.name, slug, first: adapters, signal })),
  };
}

/** What people said about its replies; nothing where nobody did. @param {CharacterSignals} said */
function signalsLine(said) {
  const { good, bad, chosen, edited } = said;
  if (good + bad + chosen + edited === 0) return null;
  return h("p", { class: "field-hint" }, t("admin.signals", { n: good + bad + chosen + edited, good: number(good), bad: number(bad), chosen: number(chosen), edited: number(edited) }));
}

/**
 * Polls the character until its preparation is done.
 * @param {string} path
 * @param {(fresh: CharacterOut) => void} draw
 * @param {AbortSignal} signal
 */
function follow(path, draw, signal) {
  return repeat(async () => {
    /** @type {CharacterOut|null} */
    const fresh = await get(path, signal).catch(() => null);
    if (fresh) draw(fresh);
    return fresh && !fresh.progress ? null : POLL_MS;
  }, signal);
}
