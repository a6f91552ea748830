/** One message, set as a line of a play. */

import { fill, focusOn, h, uniqueId } from "../dom.js";
import { languageOf, milliseconds, moment, number } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { thumbs } from "../rating/thumbs.js";
import { isScripts, scriptBeside } from "../scene/beside.js";
import { timeBeside } from "./days.js";
import { echoMark } from "./echo-mark.js";
import { markdown } from "./markdown.js";
import { isWithheld, moderationRemark, withheldText } from "./withheld.js";

/** @import { Child } from "../dom.js" */
/** @import { SentenceKey } from "../i18n.js" */
/** @import { IconName } from "../icons.js" */
/** @import { Echo } from "./echo.js" */
/** @import { RatingAct } from "../rating/thumbs.js" */
/** @import { MessageOut, Timings } from "../types.js" */

/**
 * @typedef {object} Acts the actions on messages
 * @property {(message: MessageOut) => unknown} regenerate
 * @property {(message: MessageOut) => unknown} resume
 * @property {(id: string, act: string) => unknown} activate shows an alternative; `act` names the pressed arrow
 * @property {(message: MessageOut, content: string) => unknown} save
 * @property {(message: MessageOut) => unknown} discard
 * @property {(message: MessageOut) => unknown} examples
 * @property {(message: MessageOut) => unknown} copy
 * @property {(message: MessageOut) => unknown} report
 * @property {RatingAct|null} rating null where replies cannot be rated
 * @property {((message: MessageOut) => unknown)|null} prompt shows the exact prompt, to operators
 * @property {(button: HTMLElement, text: () => HTMLElement) => unknown} aloud makes a button read a text
 * @property {(message: MessageOut) => Promise<Echo|null>} echo finds the line of the script that it echoes
 * @property {(echo: Echo, message: MessageOut) => unknown} openEcho
 * @property {(message: MessageOut) => Child} [further] tools of a stage
 * @property {(message: MessageOut) => Child} [reason] on a stage, why this one spoke
 */

/**
 * @param {MessageOut} message
 * @param {{name: string, whispered: string, character: string, language: string, isLast: boolean, acts: Acts}} context
 *   name: the speaker's, empty for a direction; whispered: to whom alone it was said; character: whom the user talks to
 */
export function messageNode(message, { name, whispered, character, language, isLast, acts }) {
  const details = h("div", { class: "speech-details", id: uniqueId("details"), hidden: true });
  const slot = h("div", { class: "speech-rating" });
  const body = h("div", { class: "speech-body" });
  const show = () => fill(body,
    isWithheld(message) ? withheldText() : h("div", { class: message.role === "direction" ? "speech-text direction" : "speech-text", lang: languageOf(message.content, language) }, markdown(message.content)),
    whispered && h("p", { class: "speech-remark" }, h("span", { class: "direction" }, whispered)),
    moderationRemark(message, character),
    remark(message, isLast, acts),
    tools(message, { isLast, acts, edit, details, slot, text: () => /** @type {HTMLElement} */ (body.firstElementChild) }),
    slot,
    details);
  /** @type {() => void} */
  const edit = () => fill(body, editor(message, { save: acts.save, cancel: () => {
    show();
    focusOn(body.querySelector("[data-act=edit]"));
  } }));
  show();
  const margin = h("p", { class: "speech-name" }, name && h("span", { lang: languageOf(name) }, name), timeBeside(message.created_at));
  const node = h("li", { class: `speech is-${message.role}${isLast ? " is-last" : ""}` }, margin, body);
  if (message.role === "assistant" && message.examples.length > 0 && !isWithheld(message)) markEcho(message, margin, acts);
  return node;
}

/** Adds the mark once the line is found; it stands in the margin, so nothing moves. @param {MessageOut} message @param {HTMLElement} margin @param {Acts} acts */
async function markEcho(message, margin, acts) {
  const echo = await acts.echo(message);
  if (!echo) return;
  const { mark, note } = echoMark(echo, { name: echo.speaker, open: () => acts.openEcho(echo, message) });
  margin.append(mark);
  margin.after(note);
}

/** @param {MessageOut} message @param {boolean} isLast @param {Acts} acts */
function remark(message, isLast, acts) {
  if (message.role === "user") {
    if (isScripts(message)) return scriptBeside(message);
    return isLast && h("p", { class: "speech-remark" }, t("chat.unanswered"), " ",
      h("button", { class: "button", type: "button", on: { click: () => acts.regenerate(message) } }, t("retry")));
  }
  const cut = message.state === "partial" || message.finish_reason === "length";
  if (!cut) return null;
  return h("p", { class: "speech-remark" }, h("span", {}, t(endOf(message))), " ",
    isLast && h("button", { class: "button", type: "button", on: { click: () => acts.resume(message) } }, t("chat.continue")));
}

/** @param {MessageOut} message */
function endOf(message) {
  if (message.state !== "partial") return "chat.cut";
  if (message.finish_reason === "cancelled") return "chat.stopped";
  return message.finish_reason === "error" ? "chat.broken" : "chat.lost";
}

/** @param {MessageOut} message @param {{isLast: boolean, acts: Acts, edit: () => void, details: HTMLElement, slot: HTMLElement, text: () => HTMLElement}} context */
function tools(message, { isLast, acts, edit, details, slot, text }) {
  const fromCharacter = message.role === "assistant";
  const isSpoken = fromCharacter && !isWithheld(message);
  const canRegenerate = fromCharacter && message.parent_id !== null;
  const bar = h("div", { class: "speech-tools", role: "group", "aria-label": t("chat.tools") },
    alternatives(message, acts.activate),
    canRegenerate && tool("regenerate", "again", t("chat.regenerate"), () => acts.regenerate(message)),
    message.examples.length > 0 && tool("examples", "lines", t("chat.lines", { n: message.examples.length }), () => acts.examples(message), countWords(message.examples.length)),
    isSpoken && message.model !== null && acts.rating && thumbs(message, { ...acts.rating, slot }),
    isSpoken && aloud(acts, text),
    !isWithheld(message) && (message.stage?.kind ?? "line") === "line" && tool("edit", "edit", t("chat.edit"), edit),
    !isWithheld(message) && tool("copy", "copy", t("chat.copy"), () => acts.copy(message)),
    isSpoken && tool("report", "flag", t("reporting.open"), () => acts.report(message)),
    acts.further?.(message),
    tool("discard", "trash", t("chat.delete"), () => acts.discard(message)),
    fromCharacter && (message.timings || message.error) && detailsButton(message, details, acts));
  /** @type {HTMLButtonElement} */
  const more = h("button", { class: "icon-button speech-more", type: "button", "aria-expanded": "false", "aria-label": t("chat.more"), on: { click: () => {
    const shown = bar.classList.toggle("is-shown");
    more.setAttribute("aria-expanded", String(shown));
  } } }, icon("more"));
  return isLast ? bar : [more, bar];
}

/**
 * @param {string} act
 * @param {IconName} image
 * @param {string} label
 * @param {() => unknown} run
 * @param {{all: string, number: string}|null} [words]
 */
function tool(act, image, label, run, words = null) {
  const props = { class: words ? "button button-plain" : "icon-button", type: "button", data: { act }, title: label, on: { click: run } };
  return h("button", { ...props, "aria-label": label }, icon(image), words && [h("span", { class: "tool-words" }, words.all), h("span", { class: "tool-number" }, words.number)]);
}

/** @param {Acts} acts @param {() => HTMLElement} text */
function aloud(acts, text) {
  const button = tool("aloud", "voice", t("chat.aloud"), () => {});
  // Once the text stands in its place.
  queueMicrotask(() => acts.aloud(button, text));
  button.hidden = true;
  return button;
}

/** A sentence where there is room, the bare number where there is not. @param {number} n */
const countWords = (n) => ({ all: t("chat.lines", { n }), number: String(n) });

/** @param {MessageOut} message @param {Acts["activate"]} activate */
function alternatives(message, activate) {
  const count = message.alternatives.length;
  if (count < 2) return null;
  const place = message.alternatives.indexOf(message.id);
  /** @param {string} act @param {IconName} image @param {string} label @param {number} step */
  const arrow = (act, image, label, step) => h("button", {
    class: "icon-button", type: "button", "aria-label": label, data: { act },
    disabled: !message.alternatives[place + step],
    on: { click: () => activate(message.alternatives[place + step], act) },
  }, icon(image));
  return h("span", { class: "alternatives" },
    arrow("previous", "previous", t("chat.previous"), -1),
    h("span", { class: "alternatives-count", "aria-label": t("chat.alternative", { n: place + 1, of: count }) }, `${place + 1}/${count}`),
    arrow("next", "next", t("chat.next"), 1));
}

/** @param {MessageOut} message @param {HTMLElement} details @param {Acts} acts */
function detailsButton(message, details, { prompt, reason }) {
  const button = h("button", { class: "icon-button", type: "button", title: t("chat.details"), "aria-label": t("chat.details"), "aria-expanded": "false", "aria-controls": details.id }, icon("info"));
  button.addEventListener("click", () => {
    details.hidden = !details.hidden;
    button.setAttribute("aria-expanded", String(!details.hidden));
    if (details.hidden) return;
    fill(details, reason?.(message), facts(message), promptButton(message, prompt));
    details.scrollIntoView({ block: "nearest" });
  });
  return button;
}

/** @param {MessageOut} message */
function facts(message) {
  const { timings, usage, error } = message;
  /** @type {Array<[SentenceKey, Child]>} */
  const rows = [
    ["details.error", error && h("span", { lang: "en" }, error)],
    ["details.model", message.model],
    ["details.at", moment(message.created_at)],
    ...(timings ? durations(timings) : []),
    ["details.tokens", usage && t(usage.cached_tokens === null ? "details.tokens_value" : "details.tokens_cached", {
      prompt: number(usage.prompt_tokens), completion: number(usage.completion_tokens), cached: number(usage.cached_tokens ?? 0),
    })],
    ["details.edited", message.edited_at && moment(message.edited_at)],
  ];
  return h("dl", { class: "facts" }, rows.filter(([, value]) => value).map(([key, value]) => [h("dt", {}, t(key)), h("dd", {}, value)]));
}

/** @param {MessageOut} message @param {Acts["prompt"]} show */
export function promptButton(message, show) {
  return show && message.prompt && h("button", { class: "button", type: "button", on: { click: () => show(message) } }, t("prompt.open"));
}

/** @param {Timings} timings @returns {Array<[SentenceKey, Child]>} */
function durations({ embed, search, prepare, first_token: first, total }) {
  return [
    ["details.search", t("details.search_value", { embed: milliseconds(embed), search: milliseconds(search) })],
    ["details.prepare", milliseconds(prepare)],
    ["details.first_token", first !== null && milliseconds(first)],
    ["details.total", total !== null && milliseconds(total)],
  ];
}

/** @param {MessageOut} message @param {{save: Acts["save"], cancel: () => void}} acts */
function editor(message, { save, cancel }) {
  const input = h("textarea", { class: "input", "aria-label": t("chat.edit"), value: message.content, rows: Math.min(12, message.content.split("\n").length + 2) });
  /** @param {KeyboardEvent} event */
  const keys = (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      cancel();
    }
    // Phones have no Shift+Enter for a new line, so Enter is one there.
    const saves = event.ctrlKey || event.metaKey || (!event.shiftKey && matchMedia("(hover: hover)").matches);
    if (event.key === "Enter" && event.keyCode !== 229 && saves) {
      event.preventDefault();
      form.requestSubmit();
    }
  };
  const form = h("form", { class: "speech-editor", on: { submit: (event) => {
    event.preventDefault();
    if (input.value.trim()) save(message, input.value.trim());
  }, keydown: keys } }, input,
  message.role === "user" && h("p", { class: "field-hint" }, t("chat.edit_hint")),
  h("div", { class: "actions" },
    h("button", { class: "button button-primary" }, t(message.role === "user" ? "chat.save_and_ask" : "save")),
    h("button", { class: "button button-plain", type: "button", on: { click: cancel } }, t("cancel"))));
  queueMicrotask(() => input.focus());
  return form;
}
