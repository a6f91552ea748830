/** Deletion that can be undone: at once by the note at the foot, and for thirty days from the list. */

import { post, remove } from "../api.js";
import { explain } from "../errors.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { restorableUntil } from "../restorable.js";
import { toast } from "../toast.js";

/** @import { CharacterOut } from "../types.js" */

/** @param {string} slug */
const addressOf = (slug) => `/api/admin/characters/${encodeURIComponent(slug)}`;

/**
 * Deletes characters one after the other, and offers to bring them back.
 * @param {Array<{slug: string, name: string}>} characters
 * @param {{gone: (slug: string) => void, back: (restored: CharacterOut[]) => void}} list
 */
export async function deleteRestorably(characters, { gone, back }) {
  /** @type {Array<{slug: string, name: string}>} */
  const deleted = [];
  for (const character of characters) {
    try {
      await remove(`${addressOf(character.slug)}?restorable=true`);
      deleted.push(character);
      gone(character.slug);
    } catch (error) {
      toast(`${character.name}: ${explain(error)}`);
    }
  }
  if (deleted.length === 0) return;
  const until = restorableUntil();
  const said = deleted.length === 1 ? t("admin.deleted", { name: deleted[0].name, until }) : t("admin.deleted_many", { n: number(deleted.length), until });
  toast(said, { label: t("undo"), run: () => restore(deleted, back) });
}

/** @param {Array<{slug: string, name: string}>} characters @param {(restored: CharacterOut[]) => void} back */
export async function restore(characters, back) {
  /** @type {CharacterOut[]} */
  const restored = [];
  for (const { slug, name } of characters) {
    try {
      restored.push(await post(`${addressOf(slug)}/restore`));
    } catch (error) {
      toast(`${name}: ${explain(error)}`);
    }
  }
  if (restored.length > 0) back(restored);
}
