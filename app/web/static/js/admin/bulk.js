/** What can be done with several characters at once. */

import { open, post } from "../api.js";
import { h } from "../dom.js";
import { explain } from "../errors.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { zipOf } from "../upload/zip.js";

/** @import { AdminCharacter, CharacterOut } from "../types.js" */

/**
 * @param {AdminCharacter[]} characters
 * @param {(slug: string, fresh: CharacterOut) => void} changed
 */
export async function reindexAll(characters, changed) {
  let done = 0;
  for (const { slug, name } of characters) {
    try {
      changed(slug, await post(`/api/admin/characters/${encodeURIComponent(slug)}/reindex`));
      done += 1;
    } catch (error) {
      toast(`${name}: ${explain(error)}`);
    }
  }
  if (done > 0) toast(t("bulk.reindexing", { n: done, count: number(done) }));
}

/** Downloads a ZIP of the characters' cards. @param {AdminCharacter[]} characters */
export async function exportAll(characters) {
  /** @type {File[]} */
  const files = [];
  for (const { slug, name } of characters) {
    try {
      const response = await open(`/api/characters/${encodeURIComponent(slug)}/card?format=png&whole=true`, { accept: "image/png" });
      files.push(new File([await response.blob()], `${slug}.png`));
    } catch (error) {
      toast(`${name}: ${explain(error)}`);
    }
  }
  if (files.length === 0) return;
  const archive = await zipOf(files, "characters.zip", (file) => file.name);
  const address = URL.createObjectURL(archive);
  const link = h("a", { href: address, download: archive.name });
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
}
