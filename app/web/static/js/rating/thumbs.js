/** Below a reply: whether it is good, and what is wrong with a bad one. */

import { put, remove } from "../api.js";
import { fill, formOf, h, textIn, within } from "../dom.js";
import { field, textArea } from "../field.js";
import { lineIcon } from "../icons.js";
import { t } from "../i18n.js";
import { askConsent } from "./consent.js";

/** @import { MessageOut, RatedReply, ReplyRating } from "../types.js" */

const UP = "M7.5 10.5 11 4.5c1.6 0 2.3 1 2 2.4L12.4 10h5.1a1.8 1.8 0 0 1 1.8 2.2l-1.2 5.7a2 2 0 0 1-2 1.6H7.5zM4 10.5h3.5v9H4z";
const DOWN = "M7.5 13.5 11 19.5c1.6 0 2.3-1 2-2.4L12.4 14h5.1a1.8 1.8 0 0 0 1.8-2.2l-1.2-5.7a2 2 0 0 0-2-1.6H7.5zM4 13.5h3.5v-9H4z";
const REASONS = /** @type {const} */ (["out_of_character", "not_true", "dull", "repeats", "too_long", "other"]);
const LONGEST_NOTE = 500;

/**
 * @typedef {object} RatingAct
 * @property {string} path of the conversation's messages
 * @property {{isOver: boolean}} asking whether the question for consent was asked
 * @property {(error: unknown) => void} failed
 */

/**
 * Two buttons that are pressed or not; pressing again takes the rating back.
 * @param {MessageOut} message its rating is kept up to date
 * @param {RatingAct & {slot: HTMLElement}} options slot: where a bad one's reason is asked for
 */
export function thumbs(message, { path, asking, failed, slot }) {
  const address = `${path}/${message.id}/rating`;
  let isBusy = false;
  /** @param {() => Promise<unknown>} change */
  const alone = async (change) => {
    if (isBusy) return;
    isBusy = true;
    try {
      await change();
    } catch (error) {
      failed(error);
    } finally {
      isBusy = false;
      draw();
    }
  };
  /** @param {ReplyRating} rating */
  const store = async (rating) => {
    /** @type {RatedReply} */
    const { ask, kept, ...stored } = await put(address, rating);
    message.rating = stored;
    draw();
    // What was kept before a yes is nothing: it is said again.
    if (ask && !kept && await askConsent(asking)) await put(address, stored);
  };
  /** @param {ReplyRating["value"]} value */
  const press = (value) => alone(async () => {
    fill(slot);
    if (message.rating?.value === value) {
      await remove(address);
      message.rating = null;
      return;
    }
    await store({ value, reason: "", note: "" });
    if (value === "bad") askReason(slot, { store: (rating) => alone(() => store(rating)), done: () => bad.focus() });
  });
  const good = thumb("good", UP, () => press("good"));
  const bad = thumb("bad", DOWN, () => press("bad"));
  const draw = () => {
    for (const [button, value] of /** @type {const} */ ([[good, "good"], [bad, "bad"]])) {
      const isPressed = message.rating?.value === value;
      const label = [t(`rating.${value}`), isPressed && wordsOf(message.rating)].filter(Boolean).join(": ");
      button.setAttribute("aria-pressed", String(isPressed));
      button.setAttribute("aria-label", label);
      button.title = label;
    }
  };
  draw();
  return [good, bad];
}

/** @param {string} value @param {string} drawing @param {() => unknown} press */
const thumb = (value, drawing, press) =>
  h("button", { class: "icon-button thumb", type: "button", data: { act: value }, on: { click: press } }, lineIcon(drawing));

/** What was said about a reply. @param {ReplyRating|null} rating */
function wordsOf(rating) {
  const reason = rating?.reason && t(`rating.reason.${rating.reason}`);
  return [reason, rating?.note].filter(Boolean).join(" – ");
}

/**
 * Asks what is wrong with a reply, which may be skipped.
 * @param {HTMLElement} slot
 * @param {{store: (rating: ReplyRating) => unknown, done: () => void}} options
 */
function askReason(slot, { store, done }) {
  const close = () => {
    fill(slot);
    done();
  };
  /** @param {SubmitEvent} event */
  const send = async (event) => {
    event.preventDefault();
    const form = formOf(event);
    const reason = /** @type {ReplyRating["reason"]} */ (textIn(form, "reason"));
    const note = textIn(form, "note");
    close();
    if (reason || note) await store({ value: "bad", reason, note });
  };
  /** @param {KeyboardEvent} event */
  const keys = (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    close();
  };
  fill(slot, h("form", { class: "rating-why", on: { submit: send, keydown: keys } },
    h("fieldset", { class: "rating-reasons" },
      h("legend", {}, t("rating.why")),
      REASONS.map((reason) => h("label", { class: "rating-reason" },
        h("input", { type: "radio", name: "reason", value: reason }), h("span", {}, t(`rating.reason.${reason}`))))),
    field({ label: t("rating.note"), name: "note", rows: 2, maxlength: LONGEST_NOTE, control: textArea }),
    h("div", { class: "actions" },
      h("button", { class: "button button-primary" }, t("save")),
      h("button", { class: "button button-plain", type: "button", on: { click: close } }, t("rating.skip")))));
  within(slot, "input").focus();
  slot.scrollIntoView({ block: "nearest" });
}
