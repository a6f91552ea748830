/** Admin keys: more ways to sign in. */

import { get, post, remove } from "../api.js";
import { confirm } from "../dialogs.js";
import { fill, formOf, h, textIn } from "../dom.js";
import { explain } from "../errors.js";
import { field } from "../field.js";
import { ago, moment } from "../format.js";
import { t } from "../i18n.js";
import { showOnce } from "../once.js";
import { toast } from "../toast.js";

/** @import { CreatedKey, KeyOut, Keys } from "../types.js" */
/** @import { AdminContext } from "./dashboard.js" */

/**
 * @param {AdminContext} context
 * @param {AbortSignal} signal
 * @returns {Promise<HTMLElement>}
 */
export async function keySection({ session, again }, signal) {
  const list = h("ul", { class: "admin-characters" });
  const problem = h("div", {});
  const hint = h("p", { class: "field-hint" });
  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    fill(problem);
    try {
      await work();
    } catch (error) {
      fill(problem, h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  /** @param {Keys} keys */
  const draw = ({ items, configured }) => {
    fill(hint, t(session.required ? "keys.hint" : "keys.open"), configured && ` ${t("keys.configured")}`);
    fill(list, items.map((key) => keyRow(key, () => attempt(() => revoke(key)))));
  };
  const refresh = async () => draw(await get("/api/admin/keys", signal));
  /** @param {KeyOut} key */
  const revoke = async (key) => {
    const sure = await confirm({
      title: t("keys.revoke_title", { label: key.label }),
      body: h("p", {}, t(key.current ? "keys.revoke_own" : "keys.revoke_text")),
      action: t("keys.revoke"),
      danger: true,
    });
    if (!sure) return;
    await remove(`/api/admin/keys/${encodeURIComponent(key.prefix)}`);
    toast(t("keys.revoked_done", { label: key.label }));
    if (key.current) again();
    else await refresh();
  };
  /** @param {SubmitEvent} event */
  const create = async (event) => {
    event.preventDefault();
    const form = formOf(event);
    await attempt(async () => {
      const label = textIn(form, "label");
      /** @type {CreatedKey} */
      const made = await post("/api/admin/keys", label ? { label } : {});
      form.reset();
      await showOnce({ title: t("keys.created", { label: made.label }), label: t("keys.new_key"), value: made.key });
      if (session.required) await refresh();
      else again(); // the door is locked from now on, and the page says so
    });
  };
  draw(await get("/api/admin/keys", signal));
  return h("section", { class: "admin-keys" },
    h("h2", { class: "admin-heading" }, t("keys.title")),
    hint,
    list,
    h("form", { class: "admin-new-key", on: { submit: create } },
      field({ label: t("keys.label"), name: "label", maxlength: 80, hint: t("keys.label_hint") }),
      h("button", { class: "button" }, t("keys.create"))),
    problem);
}

/** @param {KeyOut} key @param {() => unknown} revoke */
function keyRow(key, revoke) {
  const used = key.last_used_at ? t("keys.used", { when: ago(key.last_used_at) }) : t("keys.unused");
  return h("li", { class: "admin-character admin-key" },
    h("div", { class: "admin-character-body" },
      h("h3", {}, key.label, " ", state(key)),
      h("p", { class: "field-hint" }, h("code", {}, key.prefix), ` · ${t("keys.made", { when: moment(key.created_at) })} · ${used}`)),
    h("div", { class: "admin-tools" },
      !key.revoked_at && h("button", {
        class: "button button-plain", type: "button", "aria-label": t("keys.revoke_named", { label: key.label }), on: { click: revoke },
      }, t("keys.revoke"))));
}

/** @param {KeyOut} key */
function state(key) {
  if (key.revoked_at) return h("span", { class: "tag tag-failed" }, t("keys.revoked"));
  return key.current && h("span", { class: "tag tag-good" }, t("keys.current"));
}
