/**
 * The script as a strip of its scenes, the point in time marked on it: what lies beyond is dimmed.
 * Scenes are drawn by the style sheet, so a script may have thousands.
 */

import { fill, h } from "./dom.js";
import { languageOf, number } from "./format.js";
import { t } from "./i18n.js";
import { pointText, sceneLabel } from "./scene-label.js";
import { debounce } from "./timing.js";

/** @import { CharacterOut } from "./types.js" */

const LOAD_MS = 120;
/** With more scenes than this, the gaps between them would be all that is seen. */
const MOST_GAPS = 240;
const TENTH = 10;

/**
 * @param {{character: CharacterOut, until: number|null, changed: (until: number|null) => void, signal: AbortSignal}} options
 *   changed: called at every step with the point that is now marked
 */
export function sceneStrip({ character, until, changed, signal }) {
  const { slug, scenes } = character;
  /** @type {Map<number, Promise<string>>} */
  const labels = new Map();
  let at = Math.min(until ?? scenes, scenes);
  const words = h("span", { class: "strip-label", "aria-hidden": "true", hidden: true });
  // Behind the last scene one more cell stands for the whole script.
  const cells = scenes + 1;
  const bar = h("span", { class: cells <= MOST_GAPS ? "strip-bar has-gaps" : "strip-bar", vars: { "--cells": cells } });
  const node = h("div", {
    class: "strip", role: "slider", tabindex: 0, "aria-label": t("moment.heading"), "aria-valuemin": 0, "aria-valuemax": scenes,
  }, bar, words);

  const chosen = () => (at >= scenes ? null : at);
  /** @param {number} place */
  const label = (place) => {
    const known = labels.get(place) ?? sceneLabel(slug, place, signal);
    labels.set(place, known);
    known.catch(() => labels.delete(place));
    return known;
  };
  const load = debounce(async (/** @type {number} */ place) => {
    const found = await label(place).catch(() => "");
    if (pointed === place) write(place, found);
  }, LOAD_MS);
  /** @type {number|null} the scene whose heading is shown */
  let pointed = null;
  /** @param {number} place @param {string} text */
  const write = (place, text) => {
    const isBeyond = place >= at;
    words.className = isBeyond && place < scenes ? "strip-label is-beyond" : "strip-label";
    const isNumbered = text.includes(String(place + 1));
    fill(words,
      !isNumbered && h("span", { class: "strip-number" }, place >= scenes ? pointText(null) : t("moment.scene", { n: number(place + 1) })),
      text && h("span", { lang: languageOf(text) }, text));
    words.style.setProperty("--place", String((place + 0.5) / cells));
    words.hidden = false;
  };
  /** @param {number|null} place null: none */
  const point = (place) => {
    pointed = place;
    if (place === null) words.hidden = true;
    bar.style.setProperty("--pointed", String(place ?? -1));
    if (place === null) return;
    write(place, "");
    if (place < scenes) load(place);
  };
  const draw = () => {
    bar.style.setProperty("--at", String(at));
    node.setAttribute("aria-valuenow", String(at));
    node.setAttribute("aria-valuetext", at >= scenes ? pointText(null) : t("moment.before_of", { n: number(at + 1), of: number(scenes) }));
  };
  /** @param {number} place */
  const move = (place) => {
    const next = Math.max(0, Math.min(scenes, place));
    if (next === at) return;
    at = next;
    draw();
    changed(chosen());
  };
  /** @param {PointerEvent|MouseEvent} event */
  const under = (event) => {
    const { left, width } = bar.getBoundingClientRect();
    return Math.max(0, Math.min(scenes, Math.floor(((event.clientX - left) / width) * cells)));
  };

  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault(); // else it also presses the button that the focus goes back to
      submitAround(node);
    }
    const step = stepOf(event.key, scenes, at);
    if (step === null) return;
    event.preventDefault();
    move(step);
    point(at);
  });
  node.addEventListener("focus", () => node.matches(":focus-visible") && point(at));
  node.addEventListener("blur", () => point(null));
  node.addEventListener("pointermove", (event) => point(under(event)));
  node.addEventListener("pointerleave", () => point(document.activeElement === node && node.matches(":focus-visible") ? at : null));
  node.addEventListener("click", (event) => move(under(event)));
  draw();
  return {
    node,
    until: chosen,
    label,
    /** @param {number|null} value */
    set: (value) => {
      at = Math.min(value ?? scenes, scenes);
      draw();
    },
    /** @param {number} by */
    step: (by) => move(at + by),
  };
}

/** Enter submits a form from here, as it does from any other field. @param {HTMLElement} node */
function submitAround(node) {
  const form = node.closest("form");
  form?.requestSubmit(form.querySelector("button:not([type=button])"));
}

/** Where a key leads; null for the others. @param {string} key @param {number} scenes @param {number} at */
function stepOf(key, scenes, at) {
  const far = Math.max(1, Math.round(scenes / TENTH));
  if (key === "ArrowLeft" || key === "ArrowDown") return at - 1;
  if (key === "ArrowRight" || key === "ArrowUp") return at + 1;
  if (key === "PageDown") return at - far;
  if (key === "PageUp") return at + far;
  if (key === "Home") return 0;
  return key === "End" ? scenes : null;
}
