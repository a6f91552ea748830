/** What stands around the lines of a stage: its cast beside or above them, and the desk below. */

import { openSheet } from "../chat/sheet.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { castList } from "./cast.js";
import { chooseRole } from "./choices.js";
import { desk } from "./desk.js";
import { openMember } from "./member-sheet.js";
import { userRoleText } from "./you.js";

/** @import { ParticipantOut } from "../types.js" */
/** @import { StageStore } from "./stage-store.js" */

/**
 * @param {StageStore} store
 * @param {{bringOn: () => void, write: () => void}} acts
 *   bringOn: asks who enters; write: brings the message box to the fore
 */
export function around(store, { bringOn, write }) {
  /** @param {ParticipantOut} member */
  const open = (member) => openMember(store, member, write);
  const changeRole = () => chooseRole(store);
  const beside = castPart(store, { open, bringOn, changeRole });
  const above = castList(store, { open, isShort: true });
  const front = desk(store, { enter: bringOn, changeRole, write });
  return {
    panel: h("section", { class: "cast-panel", "aria-label": t("stage.cast") }, h("h2", {}, t("stage.cast")), beside.parts),
    bar: h("section", { class: "cast-strip", "aria-label": t("stage.cast") }, above.node,
      h("button", { class: "button button-plain cast-whole", type: "button", on: { click: () => openCast(store, { open, bringOn, changeRole }) } }, icon("wings"), h("span", {}, t("stage.cast")))),
    desk: front.node,
    draw: () => [beside, above, front].forEach((part) => part.draw()),
  };
}

/**
 * The cast, who the user is, and the door.
 * @param {StageStore} store
 * @param {{open: (member: ParticipantOut) => void, bringOn: () => void, changeRole: () => void}} acts
 */
function castPart(store, { open, bringOn, changeRole }) {
  const rows = castList(store, { open });
  const you = h("span", {});
  const draw = () => {
    rows.draw();
    you.textContent = userRoleText(store.state);
  };
  draw();
  const parts = [
    rows.node,
    h("button", { class: "button button-plain cast-enter", type: "button", on: { click: bringOn } }, icon("add"), t("stage.enter")),
    h("p", { class: "cast-you" }, you, h("button", { class: "button button-plain", type: "button", "aria-label": t("stage.change_your_role"), on: { click: changeRole } }, t("stage.change_role"))),
  ];
  return { parts, draw };
}

/** The whole cast on a sheet, where there is no room beside the lines. @param {StageStore} store @param {Parameters<typeof castPart>[1]} acts */
function openCast(store, { open, bringOn, changeRole }) {
  const leave = () => sheet.close();
  const part = castPart(store, {
    open: (member) => {
      leave();
      open(member);
    },
    bringOn: () => {
      leave();
      bringOn();
    },
    changeRole: () => {
      leave();
      changeRole();
    },
  });
  const sheet = openSheet(t("stage.cast"), "dialog-sheet-cast", h("div", { class: "sheet-body" }, part.parts));
  const ends = new AbortController();
  store.cue.addEventListener("change", part.draw, { signal: ends.signal });
  sheet.addEventListener("close", () => ends.abort());
}
