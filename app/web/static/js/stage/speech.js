/** A message of a stage: in its speaker's colour, marked as whisper, direction, entrance or exit. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { stageIcon } from "./icons.js";

/** @import { SentenceKey } from "../i18n.js" */
/** @import { MessageOut } from "../types.js" */
/** @import { StageIcon } from "./icons.js" */
/** @import { StageStore } from "./stage-store.js" */

/** @param {HTMLElement} node @param {ReturnType<StageStore["hued"]>} hued */
export function colourBy(node, { data, vars }) {
  Object.assign(node.dataset, data);
  for (const [property, value] of Object.entries(vars)) node.style.setProperty(property, String(value));
}

/** @param {HTMLElement} node a drawn message @param {MessageOut} message @param {StageStore} store */
export function staged(node, { stage }, store) {
  if (!stage) return node;
  if (stage.speaker && stage.kind === "line") colourBy(node, store.hued(stage.speaker.name));
  node.classList.add(`is-${stage.kind}`);
  const isWhisper = stage.circle !== null && (stage.kind === "line" || stage.kind === "direction");
  node.classList.toggle("is-whisper", isWhisper);
  if (isWhisper) node.querySelector(".speech-remark > .direction")?.before(stageIcon("whisper"));
  return node;
}

/**
 * The tools that only a stage has.
 * @param {MessageOut} message
 * @param {{witnesses: () => void, knowledge: () => void, other: () => void}} acts
 */
export function furtherTools({ role, stage, parent_id: parent }, { witnesses, knowledge, other }) {
  const isReply = role === "assistant" && Boolean(stage?.speaker);
  return stage && [
    isReply && parent !== null && tool("other", "masks", "stage.as_other", other),
    isReply && tool("knowledge", "question", "stage.knowledge", knowledge),
    stage.kind !== "told" && tool("witnesses", "eye", "stage.who_knows", witnesses),
  ];
}

/** @param {string} act @param {StageIcon} image @param {SentenceKey} key @param {() => void} run */
function tool(act, image, key, run) {
  const label = t(key);
  return h("button", { class: "icon-button", type: "button", data: { act }, title: label, "aria-label": label, on: { click: run } }, stageIcon(image));
}
