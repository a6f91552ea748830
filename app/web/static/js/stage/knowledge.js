/** “Who knows this?” of a line, and “how do you know that?” of a reply: what the witness ledger says. */

import { get } from "../api.js";
import { openSheet } from "../chat/sheet.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf, list, number } from "../format.js";
import { t } from "../i18n.js";
import { portrait } from "../monogram.js";
import { stageText } from "../stage-text.js";

/** @import { Child } from "../dom.js" */
/** @import { KnownLine, Knowledge, MessageOut, StageSpeaker, Witnesses } from "../types.js" */
/** @import { StageStore } from "./stage-store.js" */

/** @param {StageStore} store @param {MessageOut} message */
export function openWitnesses(store, message) {
  const isLine = message.stage?.kind === "line";
  load(t("stage.who_knows"), store, `${store.path}/messages/${message.id}/witnesses`, (/** @type {Witnesses} */ { knows, others }, done) => [
    h("blockquote", { class: "known-quote", lang: languageOf(message.content) }, stageText(message.content)),
    knows.length > 0 && h("h3", { class: "eyebrow" }, t("stage.who_knows_one")),
    h("ul", { class: "knowers" }, knows.map(({ participant, how }) => knower(store, participant, h("span", { class: "knower-how" }, t(`witness.${how}`))))),
    others.length === 0
      ? h("p", { class: "field-hint" }, t("stage.who_knows_all"))
      : [h("h3", { class: "eyebrow" }, t("stage.who_knows_not")),
        h("ul", { class: "knowers is-ignorant" }, others.map((each) => knower(store, each, isLine && store.isIdle && h("button", {
          class: "button", type: "button", "aria-label": t("stage.tell", { name: each.name }), on: { click: () => {
            done();
            store.tell(message, [each.id]);
          } },
        }, t("stage.tell", { name: each.name }))))),
        isLine && h("p", { class: "field-hint" }, t("stage.tell_text"))],
  ]);
}

/** @param {StageStore} store @param {MessageOut} message */
export function openKnowledge(store, message) {
  load(t("stage.knowledge"), store, `${store.path}/messages/${message.id}/knowledge`, (/** @type {Knowledge} */ { speaker, items, earlier }) => {
    const here = items.filter(({ kind }) => kind === "message");
    const script = items.filter(({ kind }) => kind === "script");
    return [
      h("blockquote", { class: "known-quote", lang: languageOf(message.content) }, stageText(message.content)),
      h("p", { class: "field-hint" }, items.length > 0 ? t("stage.knowledge_text", { name: speaker?.name ?? "" }) : t("stage.knowledge_none")),
      here.length > 0 && [h("h3", { class: "eyebrow" }, t("stage.knowledge_here")), h("ol", { class: "known" }, here.map((line) => knownLine(store, line)))],
      earlier > 0 && h("p", { class: "field-hint" }, t("stage.knowledge_earlier", { n: earlier })),
      script.length > 0 && [h("h3", { class: "eyebrow" }, t("stage.knowledge_script")), h("ol", { class: "known" }, script.map((line) => knownLine(store, line)))],
    ];
  });
}

/**
 * @template T
 * @param {string} title
 * @param {StageStore} store
 * @param {string} path
 * @param {(found: T, done: () => void) => Child} show
 */
async function load(title, store, path, show) {
  const body = h("div", { class: "sheet-body", "aria-busy": "true", tabindex: 0, role: "region", "aria-label": title });
  const sheet = openSheet(title, "dialog-sheet-known", body);
  try {
    fill(body, show(await get(path, store.signal), () => sheet.close()));
  } catch (error) {
    fill(body, h("p", { class: "field-error", role: "alert" }, explain(error)));
  }
  body.removeAttribute("aria-busy");
}

/** @param {StageStore} store @param {StageSpeaker} who @param {Child} beside */
function knower(store, { id, name }, beside) {
  return h("li", { class: "knower", ...store.hued(name) }, portrait({ name, avatar: store.member(id)?.avatar ?? null }),
    h("span", { class: "knower-name", lang: languageOf(name) }, name), beside);
}

/** @param {StageStore} store @param {KnownLine} line */
function knownLine(store, { speaker, text, how, scene, line, witnesses }) {
  const place = scene === null ? "" : line === null
    ? t("stage.scene", { n: number(scene + 1) }) : t("stage.scene_line", { n: number(scene + 1), line: number(line + 1) });
  // “Was there” says no more than the names of those who were.
  const facts = [place, how !== "present" && t(`witness.${how}`), witnesses.length > (how === "present" ? 0 : 1) && t("stage.there", { names: list(witnesses) })].filter(Boolean);
  return h("li", { class: speaker ? "known-line" : "known-line direction", ...store.hued(speaker ?? "") },
    h("p", { class: "known-text", lang: languageOf(text) },
      speaker && h("span", { class: "known-name", lang: languageOf(speaker) }, speaker), speaker && " ", stageText(text)),
    h("p", { class: "known-facts" }, facts.join(" · ")));
}
