/** Choosing whose lines the character speaks. */

import { fill, h, uniqueId } from "../dom.js";
import { languageOf, number } from "../format.js";
import { t } from "../i18n.js";
import { hued } from "../monogram.js";

const SHOWN_FIRST = 12;

/**
 * @param {object[]} speakers SpeakerOut items, most lines first
 * @param {Set<string>} chosen changed in place
 * @param {() => void} onChange
 */
export function speakerChooser(speakers, chosen, onChange) {
  const most = Math.max(1, ...speakers.map((speaker) => speaker.lines));
  const list = h("ul", { class: "speakers" });
  let query = "";
  let all = speakers.length <= SHOWN_FIRST;
  const more = h("button", { class: "button button-plain", type: "button", on: { click: () => {
    all = true;
    draw();
  } } });
  const toggle = (name, isChosen) => {
    if (isChosen) chosen.add(name);
    else chosen.delete(name);
    onChange();
  };
  const draw = () => {
    const found = speakers.filter((speaker) => speaker.name.toLowerCase().includes(query));
    const shown = all || query ? found : found.filter((speaker, n) => n < SHOWN_FIRST || chosen.has(speaker.name));
    fill(list, shown.map((speaker) => option(speaker, { share: speaker.lines / most, isChosen: chosen.has(speaker.name), toggle })));
    more.hidden = shown.length === found.length;
    more.textContent = t("speakers.all", { n: number(speakers.length) });
  };
  draw();
  return h("fieldset", { class: "speaker-choice" },
    h("legend", { class: "field-label" }, t("speakers.legend")),
    h("p", { class: "field-hint" }, t("speakers.hint")),
    speakers.length > SHOWN_FIRST && filterBox((text) => {
      query = text.trim().toLowerCase();
      draw();
    }),
    list, more);
}

function filterBox(onInput) {
  const id = uniqueId("filter");
  return h("div", {},
    h("label", { class: "visually-hidden", for: id }, t("speakers.filter")),
    h("input", { class: "input", id, type: "search", placeholder: t("speakers.filter"), on: { input: (event) => onInput(event.target.value) } }));
}

function option(speaker, { share, isChosen, toggle }) {
  return h("li", {}, h("label", { class: "speaker", ...hued(speaker.name) },
    h("input", { type: "checkbox", name: "speaker", value: speaker.name, checked: isChosen, on: { change: (event) => toggle(speaker.name, event.target.checked) } }),
    h("span", { class: "speaker-name", lang: languageOf(speaker.name) }, speaker.name),
    h("span", { class: "speaker-count" }, t("speakers.count", { n: speaker.lines, lines: number(speaker.lines), scenes: number(speaker.scenes) })),
    h("span", { class: "speaker-bar", "aria-hidden": "true", vars: { "--share": share.toFixed(3) } }),
    speaker.samples.length > 0 && h("span", { class: "speaker-sample", lang: languageOf(speaker.samples[0]) }, speaker.samples[0])));
}
