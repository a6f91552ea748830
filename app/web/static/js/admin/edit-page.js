/** `/admin/characters/{slug}/edit`: everything about a character that can be changed. */

import { get, patch } from "../api.js";
import { fill, formOf, h, textIn } from "../dom.js";
import { field, textArea } from "../field.js";
import { languageOf } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { hued, portrait } from "../monogram.js";
import { SharingPanel, sharingOf } from "../sharing/panel.js";
import { toast } from "../toast.js";
import { offerDraft, personaFields, readPersona, showRefusal } from "../upload/persona-form.js";
import { alternates, readAlternates } from "./alternates.js";
import { readSampling, samplingFields } from "./sampling-fields.js";

/** @import { AdminContext } from "./dashboard.js" */
/** @import { Child } from "../dom.js" */
/** @import { Params, View } from "../router.js" */
/** @import { CharacterOut, CharacterSharing } from "../types.js" */
/** @import { SentenceKey } from "../i18n.js" */

/** @typedef {ReturnType<typeof readAll>} Typed */

/** What was typed and not saved, by character: leaving the page loses nothing. @type {Map<string, Typed>} */
const unsaved = new Map();

/** @param {BeforeUnloadEvent} event */
function warn(event) {
  if (unsaved.size > 0) event.preventDefault();
}

/** @param {Params} params @param {AbortSignal} signal @param {AdminContext} context @returns {Promise<View>} */
export async function editPage({ slug }, signal, { session }) {
  /** @type {CharacterOut} */
  const found = await get(`/api/characters/${encodeURIComponent(slug)}?whole=true`, signal);
  const lines = h("a", { href: `/admin/characters/${encodeURIComponent(slug)}` }, t("admin.choosing_named", { name: found.name }));
  return {
    title: t("admin.edit_named", { name: found.name }),
    node: editForm(found, {
      signal, back: ["/admin", t("admin.back")], further: [" · ", lines],
      before: session.required && sharingPart(found, await sharingOf(slug, signal)),
    }),
  };
}

/** Who finds the character. @param {CharacterOut} character @param {CharacterSharing} sharing */
export const sharingPart = (character, sharing) => h("section", { class: "edit-part" },
  h("h2", { class: "admin-heading" }, t("sharing.heading", { name: character.name })),
  new SharingPanel(character, sharing).node);

/**
 * @typedef {{back: [string, string], before?: Child, further?: Child}} Surroundings
 *   back: the address and name of the page to go back to; before: what stands above the form;
 *   further: behind the link to the character's page
 *
 * @param {CharacterOut} stored
 * @param {{signal: AbortSignal} & Surroundings} options
 */
export function editForm(stored, { signal, ...surroundings }) {
  addEventListener("beforeunload", warn, { signal });
  return page(stored, surroundings);
}

/** @param {CharacterOut} stored @param {Surroundings} surroundings */
function page(stored, surroundings) {
  const { slug, name } = stored;
  const box = h("div", {});
  const state = h("p", { class: "field-hint", role: "status" });
  const shown = { ...stored, ...unsaved.get(slug) };
  const note = () => fill(state, unsaved.has(slug) && t("edit.unsaved"));
  const discard = h("button", { class: "button button-plain", type: "button", on: { click: () => {
    unsaved.delete(slug);
    node.replaceWith(page(stored, surroundings));
  } } }, t("edit.discard"));
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const target = formOf(event);
    try {
      /** @type {CharacterOut} */
      const fresh = await patch(`/api/admin/characters/${encodeURIComponent(slug)}`, readAll(target));
      unsaved.delete(slug);
      node.replaceWith(page(fresh, surroundings));
      toast(t("edit.saved", { name: fresh.name }));
    } catch (error) {
      showRefusal(target, box, error);
    }
  };
  const keep = () => {
    unsaved.set(slug, readAll(form));
    note();
  };
  const form = h("form", { class: "persona-form edit-form", on: { submit, input: keep } },
    part("edit.who", personaFields({
      name: shown.name, tagline: shown.tagline, aliases: shown.aliases.join(t("list.comma")), profile: shown.profile,
      greeting: shown.greeting, openers: shown.openers.join("\n"), language: shown.language ?? "",
    })),
    part("edit.alternates", h("p", { class: "field-hint" }, t("edit.alternates_hint")), alternates(shown.alternate_greetings)),
    part("edit.listing",
      field({ label: t("card.tags"), name: "tags", value: shown.tags.join(t("list.comma")), hint: t("edit.tags_hint") }),
      field({ label: t("edit.nickname"), name: "nickname", value: shown.nickname, maxlength: 80, hint: t("edit.nickname_hint") }),
      field({ label: t("card.creator_notes"), name: "creator_notes", value: shown.creator_notes, control: textArea, rows: 3, maxlength: 40_000, hint: t("edit.notes_hint") })),
    part("admin.sampling", h("p", { class: "field-hint" }, t("admin.sampling_hint")), samplingFields(shown.sampling)),
    h("div", { class: "edit-foot" }, box, h("div", { class: "actions" }, h("button", { class: "button button-primary" }, t("save")), discard, state)));
  offerDraft(form, { path: `/api/characters/${encodeURIComponent(slug)}/draft-profile` });
  note();
  const [address, label] = surroundings.back;
  const node = h("article", { class: "view admin edit-page", ...hued(name) },
    h("header", { class: "admin-page-head" },
      h("a", { class: "icon-button", href: address, "aria-label": label, title: label }, icon("back")),
      portrait(stored),
      h("div", {},
        h("h1", { lang: languageOf(name, stored.language) }, name),
        h("p", {}, h("a", { href: `/characters/${encodeURIComponent(slug)}` }, t("admin.on_stage")), surroundings.further))),
    surroundings.before,
    form);
  return node;
}

/** @param {SentenceKey} heading @param {...import("../dom.js").Child} content */
function part(heading, ...content) {
  return h("section", { class: "edit-part" }, h("h2", { class: "admin-heading" }, t(heading)), ...content);
}

/** The whole form as the API takes it. @param {HTMLFormElement} form */
function readAll(form) {
  return {
    ...readPersona(form),
    alternate_greetings: readAlternates(form),
    nickname: textIn(form, "nickname"),
    creator_notes: textIn(form, "creator_notes"),
    tags: textIn(form, "tags").split(/[,，、;；\n]/).map((tag) => tag.trim()).filter(Boolean),
    sampling: readSampling(form),
  };
}
