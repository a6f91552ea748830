/** `/with#LINK`: opens the character that a link leads to. The link is taken out of the address at once. */

import { codeOf, post } from "../api.js";
import { goToTheDoor } from "../account/ways.js";
import { h } from "../dom.js";
import { go } from "../go.js";
import { t } from "../i18n.js";
import { knownMe } from "../me.js";
import { sharingSentences } from "../sharing/sentences.js";
import { passing } from "../storage.js";

/** @import { OpenView, View } from "../router.js" */
/** @import { CharacterOut } from "../types.js" */

/** Where a link waits while its holder signs in; this tab alone can read it. */
const WAITING = "link";
const DEAD = new Set(["link_not_found", "invalid_request"]);

/** @returns {OpenView} */
export function withView() {
  /**
   * The link, for another try, and how the last one ended; no address or history has it.
   * @type {{link: string, ended: "dead"|"broken"}}
   */
  const kept = { link: "", ended: "broken" };
  return (_params, signal) => open(kept, signal);
}

/** @param {{link: string, ended: "dead"|"broken"}} kept @param {AbortSignal} signal @returns {Promise<View>} */
async function open(kept, signal) {
  kept.link = taken() || kept.link;
  await sharingSentences();
  if (!kept.link) return page(kept.ended);
  const { open: isOpen, guests, role } = await knownMe();
  if (!isOpen && !guests && role === "guest") return atTheDoor(kept.link);
  try {
    /** @type {CharacterOut} */
    const { slug } = await post("/api/characters/by-link", { link: kept.link }, signal);
    kept.link = "";
    go(`/characters/${encodeURIComponent(slug)}`, { replace: true });
    return { title: t("with.opening"), node: h("div", { class: "view" }, h("p", { role: "status" }, t("with.opening"))) };
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (code === "sign_in_needed") return atTheDoor(kept.link);
    if (!DEAD.has(code)) throw error;
    kept.link = "";
    kept.ended = "dead";
    return page("dead");
  }
}

/** Takes the link out of the address, or from where it waited for its holder to sign in. */
function taken() {
  const link = location.hash.slice(1) || passing.get(WAITING) || "";
  passing.set(WAITING, null);
  if (location.hash) history.replaceState(history.state, "", location.pathname);
  return link;
}

/** @param {string} link @returns {View} */
function atTheDoor(link) {
  passing.set(WAITING, link);
  goToTheDoor();
  return { title: "", node: h("div", {}) };
}

/** @param {"dead"|"broken"} why @returns {View} */
function page(why) {
  return {
    title: t(`with.${why}`),
    node: h("div", { class: "view" }, h("div", { class: "blank" },
      h("h1", {}, t(`with.${why}`)),
      h("p", { class: "blank-words" }, t(`with.${why}_text`)),
      h("a", { class: "button button-primary", href: "/" }, t("with.stage")))),
  };
}
