/** Which model answers: a strip at first, then a chip. */

import { connection } from "./api.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { codeText } from "./code-text.js";
import { percent } from "./format.js";
import { meter } from "./progress.js";
import { status } from "./status.js";
import { lasting } from "./storage.js";

/** @import { Child } from "./dom.js" */
/** @import { EngineStatus } from "./types.js" */

/**
 * Says which model answers: at a model's first view in a strip above the page, from then on in a
 * chip at its foot. What needs attention, a model that starts or is away, keeps the strip.
 */
export class Answering {
  /**
   * @param {AbortSignal} signal ends it
   * @param {string} [introduced] the model whose strip is shown, where this one replaces another
   */
  constructor(signal, introduced = "") {
    this.strip = h("section", { class: "answering", "aria-label": t("engine.label"), hidden: true });
    this.chip = h("details", { class: "answering-chip", hidden: true });
    this.views = 0;
    /** The model whose strip the present view shows. */
    this.introduced = introduced;
    for (const source of [status, connection]) source.addEventListener("change", () => this.draw(), { signal });
    this.draw();
  }

  /** Another view is shown: what was introduced on the one before is known now. */
  viewed() {
    this.views += 1;
    if (this.views > 1) this.introduced = "";
    this.draw();
  }

  draw() {
    const engine = status.current?.engine;
    if (!engine) return;
    const kind = kindOf(engine);
    const isSteady = kind === "demo" || kind === "ready";
    if (isSteady && lasting.get("model-seen") !== engine.model) {
      this.introduced = engine.model;
      lasting.set("model-seen", engine.model);
    }
    const isIntroduced = isSteady && this.introduced !== engine.model;
    // What answered before the server was lost may not answer now: the alert above says all.
    this.strip.hidden = !connection.online || isIntroduced;
    this.chip.hidden = !connection.online || !isIntroduced;
    drawStrip(this.strip, engine, kind, () => this.dismiss());
    drawChip(this.chip, engine, kind);
  }

  dismiss() {
    this.introduced = "";
    this.draw();
  }
}

/** @param {HTMLElement} strip @param {EngineStatus} engine @param {Kind} kind @param {() => void} dismiss */
function drawStrip(strip, engine, kind, dismiss) {
  strip.className = `answering is-${kind}`;
  const wasOpen = strip.querySelector("details")?.open ?? false;
  fill(strip, h("div", { class: "answering-inside" },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("p", { class: "answering-text" }, sentences(engine, kind)),
    more(engine, kind, wasOpen),
    engine.progress !== null && kind === "starting" && meter(engine.progress, t("engine.downloading_label")),
    kind === "demo" && dismissButton(dismiss)));
}

/** @param {HTMLDetailsElement} chip @param {EngineStatus} engine @param {Kind} kind */
function drawChip(chip, engine, kind) {
  const drawn = JSON.stringify([engine.model, kind, t("engine.answers")]);
  if (chip.dataset.drawn === drawn) return;
  chip.dataset.drawn = drawn;
  chip.className = `answering-chip is-${kind}`;
  fill(chip,
    h("summary", { "aria-label": t("engine.chip", { model: engine.model }) }, h("span", { class: "dot", "aria-hidden": "true" }), engine.model),
    h("div", { class: "answering-chip-text" },
      h("p", {}, sentences(engine, kind)),
      kind === "demo" && h("p", {}, codeText(t("engine.demo_how_text")))));
}

/** @typedef {"away"|"starting"|"demo"|"ready"} Kind */

/** @param {EngineStatus} engine @returns {Kind} */
function kindOf(engine) {
  if (engine.state === "unavailable") return "away";
  if (engine.state !== "ready") return "starting";
  return engine.is_demo ? "demo" : "ready";
}

/** @param {EngineStatus} engine @param {Kind} kind */
function sentences(engine, kind) {
  const model = h("strong", {}, engine.model);
  if (kind === "away") return h("strong", {}, t("engine.unavailable"));
  if (kind === "demo") return [model, " ", t("engine.demo")];
  if (kind === "ready") return [model, " ", t("engine.answers")];
  return [model, " ", t(engine.state === "downloading" ? "engine.downloading" : "engine.starting"), " ", engine.progress !== null && percent(engine.progress)];
}

/**
 * How to replace a stand-in model; otherwise the server's own detail, in English.
 * @param {EngineStatus} engine
 * @param {string} kind
 * @param {boolean} open
 */
function more(engine, kind, open) {
  if (kind === "demo") return disclosure(t("engine.demo_how"), open, codeText(t("engine.demo_how_text")));
  if (kind === "ready" || !engine.detail) return null;
  return disclosure(t("engine.details"), open, h("span", { lang: "en" }, engine.detail));
}

/** @param {string} label @param {boolean} open @param {Child} content */
const disclosure = (label, open, content) =>
  h("details", { class: "answering-more", open }, h("summary", {}, label), h("p", {}, content));

/** @param {() => void} dismiss */
const dismissButton = (dismiss) =>
  h("button", { class: "icon-button", type: "button", "aria-label": t("engine.dismiss"), on: { click: dismiss } }, icon("close"));
