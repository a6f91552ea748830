/** Figures, and every character with its actions. */

import { get, getAll, remove } from "../api.js";
import { h } from "../dom.js";
import { bytes, number } from "../format.js";
import { t } from "../i18n.js";
import { refreshMe } from "../me.js";
import { CharacterList } from "./character-list.js";
import { deletedList } from "./deleted-list.js";
import { conversationExport } from "./files-dialog.js";
import { invitationSection } from "./invitations.js";
import { keySection } from "./keys.js";
import { peopleSection } from "./people.js";
import { usageSection } from "./usage.js";

/** @import { Params, View } from "../router.js" */
/** @import { AdminCharacter, DeletedCharacter, SessionOut, Stats } from "../types.js" */

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
  /** @type {[Stats, AdminCharacter[], DeletedCharacter[], HTMLElement, HTMLElement[]]} */
  const [stats, characters, deleted, keys, accounts] = await Promise.all([
    readStats(), getAll("/api/admin/characters", signal), getAll("/api/admin/deleted-characters", signal), keySection({ session, again }, signal),
    session.required ? accountSections(signal) : [await usageSection(signal)],
  ]);
  const summary = h("section", { "aria-label": t("admin.figures") }, figures(stats));
  const recount = async () => {
    const fresh = await readStats().catch(() => null);
    if (fresh) summary.replaceChildren(...figures(fresh));
  };
  const me = session.required ? (await refreshMe()).person?.id ?? null : null;
  const list = new CharacterList(characters, { isShared: session.required, me, signal, recount: () => {
    recount();
    gone.refresh();
  } });
  list.reload = async () => {
    list.items = await getAll("/api/admin/characters", signal);
    list.draw();
    list.recount();
  };
  const gone = deletedList(deleted, { signal, back: () => list.reload() });
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
      h("section", {}, h("h2", { class: "admin-heading" }, t("nav.characters")), list.node, gone.node),
      conversationExport({}),
      accounts,
      keys),
  };
}

/** People, invitations and usage; a service that is open to its one user has usage alone. @param {AbortSignal} signal */
async function accountSections(signal) {
  const caller = await refreshMe();
  return Promise.all([
    peopleSection(caller.person?.id ?? null, signal),
    invitationSection(caller.sign_up === "closed", signal),
    usageSection(signal),
  ]);
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
