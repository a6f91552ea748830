/** Below the greeting of an untouched conversation: three lines to begin with, from the script. */

import { get } from "../api.js";
import { fill, h, uniqueId } from "../dom.js";
import { languageOf, number } from "../format.js";
import { t } from "../i18n.js";
import { repeat } from "../timing.js";

/** @import { OpenerOut, Openers } from "../types.js" */

const LEARNING_MS = 2_000;
const QUESTION = /[?？]["'”’」』)]*$/;

/**
 * @param {{path: string, language: string, isLearning: boolean, choose: (text: string) => void, signal: AbortSignal}} options
 *   path: the conversation's; isLearning: whether the character was still being indexed when it was
 *   read; choose: called with the line that was picked
 */
export function openers({ path, language, isLearning, choose, signal }) {
  const heading = uniqueId("openers");
  const list = h("ul", { class: "openers-list" });
  const node = h("section", { class: "openers", "aria-labelledby": heading, hidden: true },
    h("h2", { class: "openers-heading", id: heading }, t("openers.heading")), list);
  let isEmpty = true;
  let wanted = false;

  const draw = () => { node.hidden = isEmpty || !wanted; };
  /** @param {OpenerOut} opener */
  const row = ({ text, speaker, scene }) => {
    return h("li", {},
      h("button", { class: "opener", type: "button", on: { click: () => choose(text) } },
        h("span", { class: "opener-text", lang: languageOf(text, language) }, text),
        scene !== null && h("span", { class: "opener-origin" }, originOf(text, speaker, number(scene + 1)))));
  };
  /** Reads them anew: they depend on the point in time. */
  const load = async () => {
    // Without them a person thinks of a line alone.
    /** @type {Openers} */
    const { items } = await get(`${path}/openers`, signal).catch(() => ({ items: [] }));
    isEmpty = items.length === 0;
    fill(list, items.map(row));
    draw();
  };
  /** @param {boolean} isUntouched whether the person has said nothing yet */
  const show = (isUntouched) => {
    const isNew = isUntouched && !wanted;
    wanted = isUntouched;
    if (isNew) begin();
    draw();
  };
  // A character that is still learning its lines has some to offer in a moment.
  const begin = () => repeat(async () => {
    await load();
    return isLearning && isEmpty && wanted ? LEARNING_MS : null;
  }, signal);
  return { node, show, reload: () => wanted && load() };
}

/** @param {string} text @param {string|null} speaker @param {string} n the scene's number */
function originOf(text, speaker, n) {
  if (!speaker) return t("openers.scene", { n });
  return t(QUESTION.test(text) ? "openers.said" : "openers.said_flat", { name: speaker, n });
}
