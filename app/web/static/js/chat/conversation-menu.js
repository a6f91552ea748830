/** The choices behind the button in the head of a conversation. */

import { t } from "../i18n.js";
import { COMMAND, showKeys } from "./keys.js";
import { openSearch } from "./search-dialog.js";
import { stageMenu } from "./stage-menu.js";

/** @import { SentenceKey } from "../i18n.js" */
/** @import { Choice } from "./stage-menu.js" */

/** @type {Array<[string, SentenceKey]>} formats of the export, and what saving in one is called */
const FORMATS = [["text", "menu.save_text"], ["markdown", "menu.save_markdown"], ["sillytavern", "menu.save_sillytavern"]];

/**
 * @param {{path: string, introduce: () => unknown, print: () => unknown, signal: AbortSignal, first: Choice[], formats?: Array<[string, SentenceKey]>}} options
 *   path: the conversation's; first: the choices above these
 */
export function conversationMenu({ path, introduce, print, signal, first, formats = FORMATS }) {
  return stageMenu([
    ...first,
    { image: "you", label: t("persona.heading"), run: introduce },
    { image: "search", label: t("search.heading"), keys: `${COMMAND} K`, run: openSearch },
    ...formats.map(([format, key]) => ({ image: /** @type {const} */ ("save"), label: t(key), href: `${path}/export?format=${format}` })),
    { image: "copy", label: t("menu.print"), run: print },
    { image: "info", label: t("shortcuts.heading"), keys: "?", run: showKeys },
  ], signal);
}
