/** The slim strip that says which model answers. */

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

/** A strip that follows the service's status until `signal` aborts. @param {AbortSignal} signal */
export function answeringBanner(signal) {
  const strip = h("div", { class: "answering", hidden: true });
  const draw = () => drawInto(strip);
  for (const source of [status, connection]) source.addEventListener("change", draw, { signal });
  draw();
  return strip;
}

/** @param {HTMLElement} strip */
function drawInto(strip) {
  const engine = status.current?.engine;
  if (!engine) return;
  const dismissed = lasting.get("demo-seen") === engine.model;
  const kind = kindOf(engine);
  // What answered before the server was lost may not answer now: the alert above says all.
  strip.hidden = !connection.online || (kind === "demo" && dismissed);
  strip.className = `answering is-${kind}`;
  const wasOpen = strip.querySelector("details")?.open ?? false;
  fill(strip, h("div", { class: "answering-inside" },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("p", { class: "answering-text" }, sentences(engine, kind)),
    more(engine, kind, wasOpen),
    engine.progress !== null && kind === "starting" && meter(engine.progress, t("engine.downloading_label")),
    kind === "demo" && dismissButton(engine, strip)));
}

/** @param {EngineStatus} engine */
function kindOf(engine) {
  if (engine.state === "unavailable") return "away";
  if (engine.state !== "ready") return "starting";
  return engine.is_demo ? "demo" : "ready";
}

/** @param {EngineStatus} engine @param {ReturnType<typeof kindOf>} kind */
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

/** @param {EngineStatus} engine @param {HTMLElement} strip */
function dismissButton(engine, strip) {
  const dismiss = () => {
    lasting.set("demo-seen", engine.model);
    strip.hidden = true;
  };
  return h("button", { class: "icon-button", type: "button", "aria-label": t("engine.dismiss"), on: { click: dismiss } }, icon("close"));
}
