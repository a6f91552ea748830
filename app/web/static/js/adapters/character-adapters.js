/** "Adapters" on a character's page: which one speaks, how others did, and one click back. */

import { get, post } from "../api.js";
import { fill, focusOn, h, reconcile } from "../dom.js";
import { explain } from "../errors.js";
import { language, t } from "../i18n.js";
import { repeat } from "../timing.js";
import { toast } from "../toast.js";
import { candidateRow, drawCandidate } from "./candidate-row.js";
import { pathOf } from "./paths.js";
import { nameOf } from "./words.js";

/** @import { Child } from "../dom.js" */
/** @import { CharacterAdapters } from "../types.js" */

const POLL_MS = 1_000;

/** @param {{name: string, slug: string, first: CharacterAdapters, signal: AbortSignal}} options */
export function characterAdapters({ name, slug, first, signal }) {
  const path = pathOf(slug);
  const lead = h("div", { class: "adapter-lead", "aria-live": "polite" });
  const back = h("button", { class: "button", type: "button", on: { click: () => attempt(revert) } });
  const problem = h("div", { "aria-live": "polite" });
  const list = h("ul", { class: "adapter-candidates" });
  let current = first;
  let following = false;

  const revert = async () => {
    /** @type {CharacterAdapters} */
    const fresh = await post(`${path}/revert`);
    toast(t("adapters.reverted", { name, adapter: nameOf(fresh.in_force ?? "") }));
    return fresh;
  };
  /** Does something and shows what came of it. @param {() => Promise<CharacterAdapters|null>} work */
  const attempt = async (work) => {
    fill(problem);
    try {
      const done = await work();
      show(done ?? await get(path, signal));
    } catch (error) {
      fill(problem, h("p", { class: "field-error" }, explain(error)));
      show(await get(path, signal).catch(() => current));
    }
  };
  /** @param {CharacterAdapters} fresh */
  const show = (fresh) => {
    current = fresh;
    const active = document.activeElement;
    const row = active?.closest(".adapter")?.getAttribute("data-key");
    const wasBack = active === back;
    fill(lead, inForce(name, fresh));
    back.hidden = fresh.before === null;
    back.textContent = t("adapters.back", { adapter: nameOf(fresh.before ?? "") });
    reconcile(list, fresh.items.map((item) => ({
      key: item.name,
      signature: JSON.stringify([{ ...item, audition: { ...item.audition, progress: null } }, fresh.in_force, language()]),
      render: () => candidateRow({ name, slug, item, attempt }),
    })));
    for (const item of fresh.items) drawCandidate(list.querySelector(`[data-key="${CSS.escape(item.name)}"]`), item);
    if (row && document.activeElement === document.body) focusOn(list.querySelector(`[data-key="${CSS.escape(row)}"] button:not(:disabled)`));
    if (wasBack && back.hidden) focusOn(list.querySelector("button:not(:disabled)"));
    if (fresh.items.some(({ audition }) => audition.status === "running")) follow();
  };
  const follow = () => {
    if (following) return;
    following = true;
    repeat(async () => {
      /** @type {CharacterAdapters|null} */
      const fresh = await get(path, signal).catch(() => null);
      if (fresh) show(fresh);
      if (current.items.some(({ audition }) => audition.status === "running")) return POLL_MS;
      following = false;
      return null;
    }, signal);
  };
  show(first);
  return h("section", { class: "audition adapters", "aria-labelledby": "adapters-heading" },
    h("h2", { class: "eyebrow", id: "adapters-heading" }, t("adapters.title")),
    h("p", { class: "inspector-text" }, t("adapters.text", { name })),
    lead,
    h("div", { class: "actions" }, back),
    problem,
    first.items.length === 0 && h("p", { class: "field-hint" }, t("adapters.none_fit"), " ", h("a", { href: "/admin/adapters" }, t("adapters.title"))),
    list);
}

/** What speaks for the character now; plainly, where it is not what was promoted. @param {string} name @param {CharacterAdapters} of @returns {Child} */
function inForce(name, { in_force: adapter, status, model }) {
  if (adapter === null || status === null) return h("p", {}, t("adapters.in_force_none", { name }));
  if (status === "served") return h("p", {}, t("adapters.in_force", { name, adapter }));
  return h("div", { class: "notice notice-bad" },
    h("p", { class: "notice-title" }, t("adapters.not_speaking", { name, adapter })),
    h("p", {}, t(`adapters.status.${status}`), " ", model !== null && t("adapters.model", { model })));
}
