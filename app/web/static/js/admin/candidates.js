/** The inspector for operators: every candidate with its ranks and its fate. */

import { h } from "../dom.js";
import { languageOf, number, score, signed } from "../format.js";
import { t } from "../i18n.js";
import { cutNote, placed, reasonText, sceneMemoryList, timesText, witnessedList } from "../inspector.js";
import { scriptPage, splitLine } from "../script-page.js";

/** @import { Child } from "../dom.js" */
/** @import { InspectedExample, Inspection } from "../types.js" */

const SHOWN_FIRST = 12;

/** The rankings that the finer modes fuse. */
const RANKINGS = /** @type {const} */ (["key_cosine", "pair_cosine", "pair_bigrams_last3"]);

/** @param {Inspection} inspection @param {Set<string>} own the character's names */
export function candidates(inspection, own) {
  const { items, mode } = inspection;
  const shown = items.filter((item) => item.shown).length;
  /** @param {InspectedExample[]} some */
  const list = (some) => h("ol", { class: "candidates" }, some.map((item) => candidate(item, own)));
  const rest = items.slice(SHOWN_FIRST);
  return [
    h("dl", { class: "facts" },
      fact(t("inspector.mode"), t(`mode.${mode}`)),
      fact(t("inspector.query"), h("q", { class: "inspector-query", lang: languageOf(inspection.query) }, inspection.query)),
      fact(t("inspector.time"), timesText(inspection)),
      fact(t("inspector.verdict"), inspection.budget_checked ? t("inspector.count", { shown: number(shown), all: number(items.length) }) : t("inspector.unchecked"))),
    items.length === 0 && h("p", {}, t("inspector.none")),
    list(items.slice(0, SHOWN_FIRST)),
    rest.length > 0 && h("details", {}, h("summary", {}, t("inspector.more", { n: rest.length })), list(rest)),
    witnessedList(inspection, own),
    sceneMemoryList(inspection),
  ];
}

/** @param {InspectedExample} item @param {Set<string>} own */
function candidate(item, own) {
  const { ranks, relevance } = item;
  return h("li", { class: item.shown ? "candidate" : "candidate is-dropped" },
    h("p", { class: "candidate-rank", "aria-label": t("inspector.rank", { n: item.rank }) }, number(item.rank)),
    h("div", { class: "candidate-body" },
      h("p", { class: "candidate-verdict" },
        h("span", { class: item.shown ? "tag tag-good" : "tag" }, item.shown ? t("inspector.shown") : reasonText(item.reason)), " ",
        h("span", { class: "field-hint" }, placed(item))),
      cutNote(item),
      scriptPage(item.lines.map(splitLine), own),
      h("dl", { class: "candidate-figures" },
        fact(t("inspector.score"), score(item.score)),
        relevance !== null && fact(t("inspector.relevance"), `${signed(relevance, 2)} σ`),
        RANKINGS.filter((name) => name in ranks).map((name) => fact(t(`inspector.rank.${name}`), number(ranks[name]))))));
}

/** @param {string} term @param {Child} value */
const fact = (term, value) => h("div", {}, h("dt", {}, term), h("dd", {}, value));
