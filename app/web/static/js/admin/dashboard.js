/** Figures, and every character with its actions. */

import { get, getAll, remove } from "../api.js";
import { h, reconcile } from "../dom.js";
import { bytes, number } from "../format.js";
import { language, t } from "../i18n.js";
import { apartFromNote, isRehearsing, refreshNotes } from "../readiness.js";
import { repeat } from "../timing.js";
import { characterRow } from "./character-row.js";
import { conversationExport } from "./files-dialog.js";
import { keySection } from "./keys.js";

/** @import { Params, View } from "../router.js" */
/** @import { AdminCharacter, CharacterOut, SessionOut, Stats } from "../types.js" */

const POLL_MS = 1_000;

const FIGURES = /** @type {const} */ (["characters", "published", "scripts", "lines", "examples", "vectors", "conversations", "messages"]);

/**
 * @typedef {{session: SessionOut, again: () => void}} AdminContext again: draws the page anew after signing in or out
 *
 * @param {Params} _params
 * @param {AbortSignal} signal
 * @param {AdminContext} context
 * @returns {Promise<View>}
 */
export async function dashboard(_params, signal, { session, again }) {
  /** @returns {Promise<Stats>} */
  const readStats = () => get("/api/admin/stats", signal);
  /** @type {[Stats, AdminCharacter[], HTMLElement]} */
  const [stats, characters, keys] = await Promise.all([
    readStats(), getAll("/api/admin/characters", signal), keySection({ session, again }, signal),
  ]);
  const summary = h("section", { "aria-label": t("admin.figures") }, figures(stats));
  const recount = async () => {
    const fresh = await readStats().catch(() => null);
    if (fresh) summary.replaceChildren(...figures(fresh));
  };
  const signOut = async () => {
    await remove("/api/admin/session");
    again();
  };
  return {
    title: t("admin.title"),
    node: h("div", { class: "view admin" },
      h("div", { class: "admin-head" },
        h("h1", {}, t("admin.title")),
        session.required && h("button", { class: "button", type: "button", on: { click: signOut } }, t("admin.sign_out"))),
      summary,
      h("section", {}, h("h2", { class: "admin-heading" }, t("nav.characters")), characterList(characters, recount, signal)),
      conversationExport({}),
      keys),
  };
}

/** @param {Stats} stats */
function figures(stats) {
  const size = stats.database_bytes === null ? stats.database : `${stats.database} · ${bytes(stats.database_bytes)}`;
  return [
    h("dl", { class: "admin-figures" }, FIGURES.map((name) =>
      h("div", {}, h("dt", {}, t(`admin.${name}`)), h("dd", {}, number(stats[name]))))),
    h("p", { class: "field-hint" }, t("admin.database", { database: size, indexes: number(stats.cached_indexes) })),
  ];
}

/** @param {AdminCharacter[]} first @param {() => void} recount @param {AbortSignal} signal */
function characterList(first, recount, signal) {
  const list = h("ul", { class: "admin-characters" });
  let items = first;
  const draw = () => {
    reconcile(list, items.map((item) => ({
      key: item.slug, signature: JSON.stringify([apartFromNote(item), language()]), render: () => characterRow(item, { changed, gone }),
    })));
    refreshNotes(list, items);
  };
  /** @param {string} slug @param {CharacterOut} fresh */
  const changed = (slug, fresh) => {
    items = items.map((item) => (item.slug === slug ? { ...item, ...fresh } : item));
    draw();
    recount();
  };
  /** @param {string} slug */
  const gone = (slug) => {
    items = items.filter((item) => item.slug !== slug);
    draw();
    recount();
  };
  repeat(async () => {
    const indexing = items.filter(isRehearsing);
    for (const { slug } of document.hidden ? [] : indexing) {
      /** @type {CharacterOut|null} */
      const fresh = await get(`/api/characters/${encodeURIComponent(slug)}`, signal).catch(() => null);
      if (fresh) changed(slug, fresh);
    }
    return POLL_MS;
  }, signal);
  draw();
  return list;
}
