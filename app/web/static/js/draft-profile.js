/** A text drafted by the model, into a field where a person edits it: a profile, or a summary. */

import { ApiError, errorFrom, open } from "./api.js";
import { fill, h } from "./dom.js";
import { explain } from "./errors.js";
import { t } from "./i18n.js";
import { readEvents } from "./sse.js";

/**
 * How many scenes the profile in a field was drafted from; null for one that a person wrote, absent
 * where that is as it was.
 * @param {Element|RadioNodeList|null} field
 * @returns {{profile_scenes?: number|null}}
 */
export function draftedFrom(field) {
  if (!(field instanceof HTMLTextAreaElement)) return {};
  if (!field.value.trim()) return { profile_scenes: null };
  return field.dataset.scenes === undefined ? {} : { profile_scenes: Number(field.dataset.scenes) };
}

/**
 * The button below the field. The draft can be undone.
 * @param {HTMLTextAreaElement} field
 * @param {{path: string, body?: () => object, words?: "draft"|"summary"}} source where the draft comes from;
 *   words: the group of sentences that describe it
 */
export function draftTool(field, { path, body, words = "draft" }) {
  const box = h("div", { class: "draft-tool" });
  let before = "";
  /** @type {AbortController|null} */
  let running = null;

  /** @param {string|null} [note] @param {boolean} [canUndo] */
  const draw = (note = null, canUndo = false) => fill(box,
    running
      ? h("button", { class: "button", type: "button", on: { click: () => running?.abort() } }, t("chat.stop"))
      : h("button", { class: "button", type: "button", on: { click: draft } }, t(`${words}.start`)),
    canUndo && h("button", { class: "button button-plain", type: "button", on: { click: undo } }, t("draft.undo")),
    h("p", { class: "field-hint", role: "status" }, note ?? t(`${words}.hint`)));

  /** @param {string} text */
  const show = (text) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const undo = () => {
    delete field.dataset.scenes;
    show(before);
    draw();
  };
  const draft = async () => {
    before = field.value;
    const aborter = new AbortController();
    running = aborter;
    draw(t(`${words}.reading`));
    let note = t(`${words}.done`);
    try {
      const scenes = await stream({ path, json: body?.(), signal: aborter.signal, onText: show, onWaiting: () => draw(t("draft.waiting")) });
      if (scenes !== null) field.dataset.scenes = String(scenes);
    } catch (error) {
      note = aborter.signal.aborted ? t("chat.stopped") : explain(error instanceof ApiError ? error : broken());
    }
    running = null;
    draw(note, field.value !== before);
  };
  draw();
  return box;
}

/**
 * Returns how many scenes of the scripts the text was made of; null where it was not made of any.
 * @param {{path: string, json?: object, signal: AbortSignal, onText: (text: string) => void, onWaiting: () => void}} options
 */
async function stream({ path, json, signal, onText, onWaiting }) {
  const response = await open(path, { method: "POST", json, signal, accept: "text/event-stream" });
  let text = "";
  for await (const { event, data } of readEvents(response)) {
    if (event === "waiting") onWaiting();
    if (event === "delta") onText(text += data.text);
    if (event === "error") throw errorFrom(200, data);
    if (event === "done") {
      onText(data.profile ?? data.text ?? "");
      return data.scenes ?? null;
    }
  }
  throw broken();
}

const broken = () => new ApiError({ status: 0, code: "stream_broken", message: "The draft broke off." });
