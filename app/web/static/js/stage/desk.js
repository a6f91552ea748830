/** Above the message box: who speaks next, whether it is whispered or a direction, and lines that run ahead. */

import { controlOf, fill, h, uniqueId } from "../dom.js";
import { list } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { stageIcon } from "./icons.js";
import { shortName } from "./names.js";

/** @import { StageStore } from "./stage-store.js" */

const AHEAD = [3, 5];

/** @param {StageStore} store @param {{enter: () => void, changeRole: () => void, write: () => void}} acts */
export function desk(store, { enter, changeRole, write }) {
  const { cue } = store;
  const id = uniqueId("next");
  const next = h("select", { id, class: "desk-select", on: { change: (event) => cue.set({ next: controlOf(event).value || null }) } });
  const direct = h("button", {
    class: "button desk-toggle", type: "button", "aria-pressed": "false", title: t("stage.direct_title"),
    on: { click: () => {
      cue.set({ isDirection: !cue.isDirection });
      write();
    } },
  }, stageIcon("direction"), h("span", { class: "desk-words" }, t("stage.direct")));
  const goOn = (/** @type {number} */ lines) => store.canGoOn && store.goOn(lines);
  const one = h("button", { class: "button desk-go", type: "button", title: t("stage.go_on_title"), on: { click: () => goOn(1) } });
  const further = AHEAD.map((lines) => h("button", {
    class: "button desk-ahead", type: "button", "aria-label": `×${lines}: ${t("stage.more_lines", { n: lines })}`, title: t("stage.more_lines", { n: lines }),
    on: { click: () => goOn(lines) },
  }, h("span", { class: "desk-number", "aria-hidden": "true" }, `×${lines}`), h("span", { class: "desk-long" }, t("stage.more_lines", { n: lines }))));
  const stop = h("button", { class: "button desk-stop", type: "button", title: t("chat.stop_hint"), on: { click: () => store.stop() } }, icon("stop"), t("stage.stop"));
  const whisper = h("p", { class: "desk-whisper" });
  const ahead = h("span", { class: "desk-to-come" });
  const audience = h("p", { class: "desk-audience" }, t("stage.watch"),
    h("button", { class: "button button-plain", type: "button", "aria-label": t("stage.change_your_role"), on: { click: changeRole } }, t("stage.change_role")));
  const empty = h("p", { class: "desk-empty" }, t("stage.empty"), " ",
    h("button", { class: "button", type: "button", on: { click: enter } }, icon("add"), t("stage.enter")));
  const node = h("div", { class: "desk" }, whisper, audience,
    h("div", { class: "desk-row" },
      h("div", { class: "desk-next" }, h("label", { for: id }, t("stage.next")), next),
      direct, ahead,
      h("div", { class: "desk-play", role: "group", "aria-label": t("stage.go_on") }, one, further, stop)),
    empty);
  let options = "";

  const draw = () => {
    const { state, present, able, isIdle } = store;
    const names = state.participants.map(({ name }) => name);
    const fresh = JSON.stringify([able.map(({ id: key, name }) => [key, name])]);
    if (options !== fresh) {
      options = fresh;
      fill(next, h("option", { value: "" }, t("stage.anyone")), able.map(({ id: key, name }) => h("option", { value: key ?? "" }, name)));
    }
    next.value = cue.next ?? "";
    const chosen = store.member(cue.next);
    fill(one, icon("onward"), h("span", { class: "desk-words" }, chosen ? t("stage.go_on_named", { name: shortName(chosen.name, names) }) : t("stage.go_on")));
    one.setAttribute("aria-label", one.textContent ?? "");
    // Not `disabled`: the keyboard stays where it is while a line is spoken.
    for (const button of [one, ...further]) button.setAttribute("aria-disabled", String(!isIdle || !store.canGoOn));
    direct.setAttribute("aria-pressed", String(cue.isDirection));
    direct.hidden = state.user_role === "director" || state.user_role === "watching";
    const isWatching = state.user_role === "watching";
    node.classList.toggle("is-watching", isWatching);
    audience.hidden = !isWatching;
    empty.hidden = present.length > 0;
    stop.hidden = isIdle;
    ahead.textContent = !isIdle && store.ahead > 0 ? t("stage.to_come", { n: store.ahead }) : "";
    const hears = cue.whisper.map((key) => store.member(key)?.name ?? "");
    whisper.hidden = hears.length === 0;
    if (hears.length > 0) fill(whisper, stageIcon("whisper"), h("span", {}, t("stage.whispering", { names: list(hears) })),
      h("button", { class: "icon-button", type: "button", "aria-label": t("stage.whisper_end"), title: t("stage.whisper_end"), on: { click: () => cue.set({ whisper: [] }) } }, icon("close")));
  };
  return { node, draw };
}

/** What the message box says, for what is written now. @param {StageStore} store */
export function placeholderOf({ cue, state }) {
  const names = list(cue.whisper.map((id) => state.participants.find((each) => each.id === id)?.name ?? ""));
  if (cue.isDirection || state.user_role === "director") return t("stage.direct_placeholder");
  if (cue.whisper.length > 0) return t("stage.whisper_placeholder", { names });
  return t(matchMedia("(width < 48rem)").matches ? "stage.placeholder_short" : "stage.placeholder");
}
