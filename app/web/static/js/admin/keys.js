/** Admin keys: who else can open the stage door. */

import { get, post, remove } from "../api.js";
import { confirm } from "../dialogs.js";
import { fill, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { field } from "../field.js";
import { ago, moment } from "../format.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";

/**
 * @param {{session: object, again: () => void}} context
 * @param {AbortSignal} signal
 * @returns {Promise<HTMLElement>}
 */
export async function keySection({ session, again }, signal) {
  const list = h("ul", { class: "admin-characters" });
  const problem = h("div", {});
  const hint = h("p", { class: "field-hint" });
  const attempt = async (work) => {
    fill(problem);
    try {
      await work();
    } catch (error) {
      fill(problem, h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  const draw = ({ items, configured }) => {
    fill(hint, t(session.required ? "keys.hint" : "keys.open"), configured && ` ${t("keys.configured")}`);
    fill(list, items.map((key) => keyRow(key, () => attempt(() => revoke(key)))));
  };
  const refresh = async () => draw(await get("/api/admin/keys", signal));
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
  const create = async (event) => {
    event.preventDefault();
    const form = event.target;
    await attempt(async () => {
      const label = new FormData(form).get("label").trim();
      const made = await post("/api/admin/keys", label ? { label } : {});
      form.reset();
      await showOnce(made);
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

function state(key) {
  if (key.revoked_at) return h("span", { class: "tag tag-failed" }, t("keys.revoked"));
  return key.current && h("span", { class: "tag tag-good" }, t("keys.current"));
}

/** Shows a new key until its dialog is closed; the server cannot show it again. */
function showOnce({ key, label }) {
  const heading = uniqueId("key");
  const box = field({ label: t("keys.new_key"), name: "key", value: key, readonly: true, spellcheck: "false" });
  const copy = async () => {
    await navigator.clipboard.writeText(key);
    toast(t("chat.copied"));
  };
  const dialog = h("dialog", { "aria-labelledby": heading },
    h("form", { method: "dialog", class: "dialog-form" },
      h("h2", { id: heading }, t("keys.created", { label })),
      h("p", {}, t("keys.once")),
      box,
      h("div", { class: "actions" },
        navigator.clipboard && h("button", { class: "button", type: "button", on: { click: copy } }, t("chat.copy")),
        h("button", { class: "button button-primary" }, t("keys.kept")))));
  document.body.append(dialog);
  dialog.showModal();
  box.querySelector("input").select();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
}
