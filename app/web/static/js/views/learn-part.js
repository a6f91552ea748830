/** `/scripts/{id}/rehearse/{part}`: learning a part by heart. */

import { get, getAll, remove } from "../api.js";
import { chatSentences } from "../chat/sentences.js";
import { fill, focusOn, h } from "../dom.js";
import { languageOf } from "../format.js";
import { t } from "../i18n.js";
import { desk } from "../learning-lines/desk.js";
import { learnPath } from "../learning-lines/link.js";
import { Run } from "../learning-lines/run.js";
import { learningSentences } from "../learning-lines/sentences.js";
import { fromScene, ofLines, onwards } from "../learning-lines/sources.js";
import { summary } from "../learning-lines/summary.js";
import { Voices } from "../learning-lines/voices.js";

/** @import { Source } from "../learning-lines/sources.js" */
/** @import { Params, View } from "../router.js" */
/** @import { DueLines, PartOut, PartSceneOut, ScriptReport } from "../types.js" */

/** @param {Params} params @param {AbortSignal} signal @returns {Promise<View>} */
export async function learnPart({ id, part: speaker }, signal) {
  const script = `/api/scripts/${encodeURIComponent(id)}`;
  const path = `${script}/parts/${encodeURIComponent(speaker)}`;
  await Promise.all([learningSentences(), chatSentences()]); // voices and keys are the chat's
  const read = () => Promise.all([
    /** @type {Promise<PartOut>} */ (get(path, signal)), /** @type {Promise<PartSceneOut[]>} */ (getAll(`${path}/scenes`, signal)),
  ]);
  /** @type {[ScriptReport, [PartOut, PartSceneOut[]]]} */
  const [{ title }, [first, scenes]] = await Promise.all([get(script, signal), read()]);
  const node = h("article", { class: "view learn" });
  const voices = new Voices(signal);
  const root = document.documentElement;
  signal.addEventListener("abort", () => root.classList.remove("is-learning"), { once: true });

  /** @param {PartOut} part @param {PartSceneOut[]} found */
  const showDesk = (part, found) => {
    root.classList.remove("is-learning");
    fill(node,
      h("p", { class: "eyebrow" },
        h("a", { href: `/scripts/${encodeURIComponent(id)}`, lang: languageOf(title) }, title), " · ",
        h("a", { href: learnPath(id) }, t("learn.all_parts"))),
      h("h1", { tabindex: -1 }, t("learn.title_of", { name: part.display })),
      desk({
        path, part, scenes: found, title, voices, signal,
        begin: async (scene) => start(part, await fromScene(path, scene, signal), true),
        goOver: async () => {
          /** @type {DueLines} */
          const due = await get(`${path}/due?limit=100`, signal);
          start(part, ofLines(due.items), false);
        },
        startOver: async () => {
          await remove(`${path}/progress`);
          await back();
        },
      }));
  };
  const back = async () => {
    showDesk(...await read());
    focusOn(node.querySelector("h1"));
    scrollTo(0, 0);
  };
  /** @param {PartOut} part @param {Source} source @param {boolean} isOnward whether more lines follow in the script */
  const start = (part, source, isOnward) => {
    const run = new Run({ path, part, source, voices, signal, ended: async (tried, last) => {
      const now = /** @type {PartOut} */ (await get(path, signal).catch(() => part));
      root.classList.remove("is-learning");
      const onward = isOnward && last > 0 && last < now.lines ? () => start(now, onwards(path, last, signal), true) : null;
      fill(node, summary(now, tried, { over: (lines) => start(now, ofLines(lines), false), onward, back }));
      focusOn(node.querySelector("h1"));
      scrollTo(0, 0);
    } });
    root.classList.add("is-learning");
    fill(node, run.node);
    scrollTo(0, 0);
    run.next();
  };
  showDesk(first, scenes);
  return { title: t("learn.title_of", { name: first.display }), node };
}
