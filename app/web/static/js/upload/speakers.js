/** The choice of speakers that become characters. */

import { controlOf, fill, h, uniqueId } from "../dom.js";
import { languageOf, number } from "../format.js";
import { t } from "../i18n.js";
import { hued } from "../monogram.js";
import { mergeByHand, mergedNames } from "./merges.js";

/** @import { RoleOut, SpeakerOut } from "../types.js" */
/** @import { Lights } from "./lights.js" */
/** @import { OnMerge } from "./merges.js" */
/** @import { Wizard } from "./wizard.js" */

const SHOWN_FIRST = 12;
const SHOWN_AT_MOST = 300;

/**
 * @param {import("./wizard.js").Wizard} wizard
 * @param {{onChoose: () => void, onMerge: OnMerge, lights: Lights}} events
 */
export function speakerChooser(wizard, { onChoose, onMerge, lights }) {
  const { speakers } = wizard.report;
  const most = Math.max(1, ...speakers.map((speaker) => speaker.lines));
  const list = h("ul", { class: "speakers" });
  let query = "";
  let all = speakers.length <= SHOWN_FIRST;
  const more = h("button", { class: "button button-plain", type: "button", on: { click: () => {
    all = true;
    draw();
  } } }, t("speakers.all", { n: number(speakers.length) }));
  /** @param {string} name @param {boolean} isChosen */
  const toggle = (name, isChosen) => {
    if (isChosen) wizard.chosen.add(name);
    else wizard.chosen.delete(name);
    lights.choose(wizard.chosen);
    onChoose();
  };
  const draw = () => {
    const found = speakers.filter(({ name, display }) => `${name} ${display}`.toLowerCase().includes(query));
    const limit = all || query ? SHOWN_AT_MOST : SHOWN_FIRST;
    const shown = found.filter((speaker, n) => n < limit || wizard.chosen.has(speaker.name));
    fill(list, shown.map((speaker) => option(wizard, speaker, { share: speaker.lines / most, toggle, onMerge })));
    more.hidden = all || shown.length === found.length;
    lights.tell();
  };
  draw();
  lights.follow(list, ".speaker");
  lights.watch("speakers", (pointed) => {
    for (const row of list.children) row.classList.toggle("is-pointed", pointed.has(row.getAttribute("data-speaker") ?? ""));
  });
  lights.choose(wizard.chosen);
  return h("fieldset", { class: "speaker-choice" },
    h("legend", { class: "field-label" }, t("speakers.legend")),
    h("p", { class: "field-hint" }, t(wizard.wasHere ? "speakers.hint_stored" : "speakers.hint")),
    speakers.length > SHOWN_FIRST && filterBox((text) => {
      query = text.trim().toLowerCase();
      draw();
    }),
    list, more);
}

/** The service's verdict on a speaker of a stored script as a character. @param {RoleOut|undefined} role */
export function verdict(role) {
  return role && h("span", { class: role.recommended ? "tag tag-good" : "tag", title: role.reason }, t(`verdict.${role.verdict}`));
}

/** @param {(text: string) => void} onInput */
function filterBox(onInput) {
  const id = uniqueId("filter");
  return h("div", {},
    h("label", { class: "visually-hidden", for: id }, t("speakers.filter")),
    h("input", { class: "input", id, type: "search", placeholder: t("speakers.filter"), on: { input: (event) => onInput(controlOf(event).value) } }));
}

/**
 * @param {Wizard} wizard
 * @param {SpeakerOut} speaker
 * @param {{share: number, toggle: (name: string, isChosen: boolean) => void, onMerge: OnMerge}} options
 */
function option(wizard, speaker, { share, toggle, onMerge }) {
  const { name, lines, scenes, samples } = speaker;
  const merged = wizard.wasHere ? [] : mergedNames(wizard, name, onMerge);
  const shown = wizard.display(name);
  return h("li", { class: "speaker", ...hued(shown), data: { hue: "", speaker: name } },
    h("label", { class: "speaker-label" },
      h("input", { type: "checkbox", name: "speaker", value: name, checked: wizard.chosen.has(name), on: { change: (event) => toggle(name, controlOf(event).checked) } }),
      h("span", { class: "speaker-name", lang: languageOf(shown), title: shown === name ? null : name }, shown, " ", verdict(wizard.roles.get(name))),
      h("span", { class: "speaker-count" }, t("speakers.count", { lines, scenes })),
      h("span", { class: "speaker-bar", "aria-hidden": "true", vars: { "--share": share.toFixed(3) } }),
      h("span", { class: "speaker-samples" }, samples.map((sample) => h("span", { class: "speaker-sample", lang: languageOf(sample) }, sample)))),
    !wizard.wasHere && wizard.report.speakers.length > 1 && h("button", {
      class: "button button-plain speaker-merge", type: "button", "aria-label": t("merges.same_named", { name: shown }), on: { click: () => mergeByHand(wizard, name, onMerge) },
    }, t("merges.same_as")),
    merged.length > 0 && h("div", { class: "speaker-merged chips" }, h("span", { class: "field-hint" }, t("merges.also")), merged));
}
