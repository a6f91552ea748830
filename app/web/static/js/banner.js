/** The slim strip that says which model answers. */

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";
import { languageOf, percent } from "./format.js";
import { meter } from "./progress.js";
import { status } from "./status.js";
import { lasting } from "./storage.js";

/** A strip that follows the service's status until `signal` aborts. */
export function answeringBanner(signal) {
  const strip = h("div", { class: "answering", hidden: true });
  const draw = () => drawInto(strip);
  status.addEventListener("change", draw, { signal });
  draw();
  return strip;
}

function drawInto(strip) {
  const engine = status.current?.engine;
  if (!engine) return;
  const dismissed = lasting.get("demo-seen") === engine.model;
  const kind = kindOf(engine);
  strip.hidden = kind === "demo" && dismissed;
  strip.className = `answering is-${kind}`;
  fill(strip, h("div", { class: "answering-inside" },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("p", { class: "answering-text" }, sentences(engine, kind)),
    engine.progress !== null && kind === "starting" && meter(engine.progress, t("engine.downloading_label")),
    kind === "demo" && dismissButton(engine, strip)));
}

function kindOf(engine) {
  if (engine.state === "unavailable") return "away";
  if (engine.state !== "ready") return "starting";
  return engine.is_demo ? "demo" : "ready";
}

function sentences(engine, kind) {
  const detail = engine.detail && h("span", { lang: languageOf(engine.detail) }, engine.detail);
  const model = h("strong", {}, engine.model);
  if (kind === "away") return [h("strong", {}, t("engine.unavailable")), " ", detail];
  if (kind === "demo") return [model, " ", t("engine.demo"), " ", detail];
  if (kind === "ready") return [model, " ", t("engine.answers")];
  const share = engine.progress === null ? null : percent(engine.progress);
  return [model, " ", t(`engine.${engine.state}`), " ", share ?? detail];
}

function dismissButton(engine, strip) {
  const dismiss = () => {
    lasting.set("demo-seen", engine.model);
    strip.hidden = true;
  };
  return h("button", { class: "icon-button", type: "button", "aria-label": t("engine.dismiss"), on: { click: dismiss } }, icon("close"));
}
