/** "Continue with Bev": the newest conversation with each character or cast, and its last line. */

import { h } from "../dom.js";
import { ago, languageOf } from "../format.js";
import { t } from "../i18n.js";
import { hued, portrait } from "../monogram.js";
import { castName } from "../stage/names.js";
import { stageText } from "../stage-text.js";

/** @import { ConversationSummary } from "../types.js" */

const MOST = 6;

/** @param {ConversationSummary[]} conversations newest first */
export function shelf(conversations) {
  /** @type {Map<string, ConversationSummary>} */
  const newest = new Map();
  for (const conversation of conversations) {
    const who = conversation.is_stage ? conversation.cast.join("\n") : conversation.character.slug;
    if (!newest.has(who)) newest.set(who, conversation);
  }
  const shown = [...newest.values()].slice(0, MOST);
  return h("section", { class: "shelf", "aria-labelledby": "shelf-heading" },
    h("h2", { class: "visually-hidden", id: "shelf-heading" }, t("gallery.continue")),
    h("ul", { class: "shelf-list" }, shown.map(resumption)));
}

/** @param {ConversationSummary} conversation */
function resumption({ id, character, cast, last_line: line, updated_at: at }) {
  return h("li", { class: "resumption", ...hued(character.name) },
    portrait(character),
    h("div", { class: "resumption-body" },
      h("h3", {}, h("a", { href: `/conversations/${id}` }, t("gallery.continue_with", { name: castName(cast) }))),
      line && h("p", { class: "resumption-line", lang: languageOf(line) }, stageText(line)),
      h("time", { datetime: at }, ago(at))));
}
