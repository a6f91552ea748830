/** On a character's page: who finds it, the way to share and to edit it. For its author alone. */

import { operatorSentences } from "../admin/sentences.js";
import { fill, focusOn, h } from "../dom.js";
import { t } from "../i18n.js";
import { visibilityBadge } from "./badge.js";
import { shareDialog } from "./panel.js";
import { sharingSentences } from "./sentences.js";

/** @import { CharacterOut } from "../types.js" */

/** @param {CharacterOut} character @param {boolean} isShared whether this Offbook has others to share it with */
export async function authorsBar(character, isShared) {
  await Promise.all([sharingSentences(), operatorSentences()]);
  const { slug, name } = character;
  const bar = h("div", { class: "authors-bar" });
  /** @param {CharacterOut["visibility"]} visibility */
  const draw = (visibility) => fill(bar,
    isShared && (visibilityBadge({ visibility }) ?? h("span", { class: "tag tag-good" }, t("visibility.published"))),
    isShared && h("button", { class: "button", type: "button", "aria-label": t("mine.share_named", { name }), on: { click: share } }, t("sharing.share")),
    h("a", { class: "button button-plain", href: `/characters/${encodeURIComponent(slug)}/edit`, "aria-label": t("mine.edit_named", { name }) }, t("chat.edit")));
  const share = async () => {
    await shareDialog(character, draw);
    focusOn(bar.querySelector("button"));
  };
  draw(character.visibility);
  return bar;
}
