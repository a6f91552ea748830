/** Whose scripts and characters are, and how an admin takes them over. */

import { codeOf, put } from "../api.js";
import { ask } from "../dialogs.js";
import { h, within } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field } from "../field.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";

/** @import { AdminCharacter, AdminScript, Owner } from "../types.js" */

/** An owner's name for people. @param {Owner} owner */
export function ownerName({ kind, name, login }) {
  if (kind === "house") return t("owner.house");
  if (kind === "guest") return t("owner.guest");
  return name ? t("owner.person", { name, login }) : t("owner.gone");
}

/** The owners of some things, each once, the house first. @param {Array<{owner: Owner}>} things */
export function ownersOf(things) {
  const byKey = new Map(things.map(({ owner }) => [owner.key, owner]));
  return [...byKey.values()].sort((a, b) => Number(b.kind === "house") - Number(a.kind === "house") || ownerName(a).localeCompare(ownerName(b)));
}

/** The owner that a list is narrowed to, or "" once nothing in it is theirs. @param {Array<{owner: Owner}>} things @param {string} key */
export const stillOwner = (things, key) => (things.some(({ owner }) => owner.key === key) ? key : "");

/**
 * A choice among the owners of some things; hidden where all have the same one.
 * @param {Array<{owner: Owner}>} things @param {string} value @param {(key: string) => void} chosen
 */
export function ownerFilter(things, value, chosen) {
  const owners = ownersOf(things);
  const box = field({
    label: t("owner.filter"), name: "owner", value,
    control: choice([["", t("owner.all")], ...owners.map((owner) => [owner.key, ownerName(owner)])]),
    on: { change: () => chosen(within(box, "select").value) },
  });
  box.hidden = owners.length < 2;
  return box;
}

/** To whom a thing can be given by this admin. @param {Owner} owner @param {string|null} me the id of the admin's own account */
export function takers(owner, me) {
  return /** @type {Array<"me"|"house">} */ (["me", "house"]).filter((key) => (key === "me" ? me !== null && owner.key !== me : owner.kind !== "house"));
}

/**
 * Asks to whom, and takes a character over.
 * @param {AdminCharacter} character @param {string|null} me @param {(fresh: AdminCharacter) => void} changed
 */
export async function takeCharacter(character, me, changed) {
  const { name, owner, slug } = character;
  const to = await askTaker(owner, me, { title: t("owner.take_title", { name }), about: t(owner.kind === "house" ? "owner.take_character_house" : "owner.take_character", { owner: ownerName(owner) }) });
  if (!to) return;
  const path = `/api/admin/characters/${encodeURIComponent(slug)}/owner`;
  await give(name, async () => changed(await put(path, { owner: to.owner })), async () => changed(await put(path, { owner: owner.key })));
}

/**
 * Asks to whom, and takes a script over, under another title where the present one is taken.
 * @param {AdminScript} script @param {string|null} me @param {(fresh: AdminScript) => void} changed
 */
export async function takeScript(script, me, changed) {
  const { id, owner, title } = script;
  const path = `/api/admin/scripts/${id}/owner`;
  const question = { title: t("owner.take_title", { name: title }), about: t(owner.kind === "house" ? "owner.take_script_house" : "owner.take_script", { owner: ownerName(owner) }) };
  let to = await askTaker(owner, me, question);
  while (to) {
    const wanted = to;
    try {
      changed(await put(path, wanted));
      said(title, async () => changed(await put(path, { owner: owner.key, title })));
      return;
    } catch (error) {
      if (codeOf(error) !== "title_taken") {
        toast(explain(error));
        return;
      }
      to = await askTaker(owner, me, { ...question, taken: wanted.title ?? title, chosen: wanted.owner });
    }
  }
}

/**
 * @param {Owner} owner @param {string|null} me
 * @param {{title: string, about: string, taken?: string, chosen?: string}} question taken: a title that the new owner has already
 * @returns {Promise<{owner: string, title?: string}|null>} null when the person changed their mind
 */
async function askTaker(owner, me, { title, about, taken, chosen }) {
  const targets = takers(owner, me);
  const content = h("div", { class: "take" },
    h("p", {}, about),
    h("fieldset", { class: "sharing-options" }, h("legend", { class: "field-label" }, t("owner.to")),
      targets.map((key, n) => h("label", { class: "sharing-option" },
        h("input", { type: "radio", name: "owner", value: key, checked: chosen ? key === chosen : n === 0 }),
        h("span", { class: "sharing-words" }, h("span", { class: "sharing-name" }, t(`owner.to_${key}`)), h("span", { class: "field-hint" }, t(`owner.to_${key}_text`)))))),
    taken !== undefined && field({ label: t("owner.title"), name: "title", value: t("owner.title_other", { title: taken }), required: true, maxlength: 200, error: t("owner.title_taken", { title: taken }) }));
  if (!await ask({ title, content, action: t("owner.take") })) return null;
  const to = /** @type {HTMLInputElement} */ (content.querySelector("input[name=owner]:checked")).value;
  const typed = content.querySelector("input[name=title]");
  return typed instanceof HTMLInputElement ? { owner: to, title: typed.value.trim() } : { owner: to };
}

/** @param {string} name @param {() => Promise<unknown>} work @param {() => Promise<unknown>} undo */
async function give(name, work, undo) {
  try {
    await work();
    said(name, undo);
  } catch (error) {
    toast(explain(error));
  }
}

/** @param {string} name @param {() => Promise<unknown>} undo */
function said(name, undo) {
  toast(t("owner.taken", { name }), { label: t("undo"), run: async () => {
    try {
      await undo();
      toast(t("owner.given_back", { name }));
    } catch (error) {
      toast(explain(error));
    }
  } });
}
