/** Keys of one's own, for programs: made, listed and revoked. */

import { get, post, remove } from "../api.js";
import { confirm } from "../dialogs.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { field } from "../field.js";
import { ago, moment } from "../format.js";
import { t } from "../i18n.js";
import { showOnce } from "../once.js";
import { toast } from "../toast.js";
import { accountForm } from "./form.js";

/** @import { CreatedPersonKey, Me, PersonKeyOut, PersonKeys } from "../types.js" */

const PATH = "/api/me/keys";

/** @param {Me} caller @param {AbortSignal} signal @returns {Promise<HTMLElement>} */
export async function myKeys(caller, signal) {
  const list = h("ul", { class: "account-rows" });
  const none = h("p", { class: "field-hint" }, t("my_keys.none"));
  /** @param {PersonKeys} keys */
  const draw = ({ items }) => {
    none.hidden = items.length > 0;
    fill(list, items.map((key) => keyRow(key, () => revoke(key))));
  };
  const refresh = async () => draw(await get(PATH, signal));
  /** @param {PersonKeyOut} key */
  const revoke = async (key) => {
    const sure = await confirm({
      title: t("my_keys.revoke_title", { label: key.label }), body: h("p", {}, t("my_keys.revoke_text")), action: t("my_keys.revoke"), danger: true,
    });
    if (!sure) return;
    try {
      await remove(`${PATH}/${encodeURIComponent(key.prefix)}`);
      toast(t("my_keys.revoked_done", { label: key.label }));
      await refresh();
    } catch (error) {
      toast(explain(error));
    }
  };
  draw(await get(PATH, signal));
  return h("section", { class: "account-section" },
    h("h2", { class: "account-heading" }, t("my_keys.title")),
    h("p", { class: "field-hint" }, t("my_keys.hint")),
    none, list, newKeyForm(caller, refresh));
}

/** @param {Me} caller @param {() => Promise<void>} refresh */
function newKeyForm(caller, refresh) {
  return accountForm({
    content: [
      field({ label: t("my_keys.label"), name: "label", maxlength: 80, hint: t("my_keys.label_hint"), required: true }),
      h("fieldset", { class: "scopes" },
        h("legend", { class: "field-label" }, t("my_keys.scopes")),
        caller.scopes.map((scope) => h("label", { class: "check" },
          // Every key may read, so that box is there to be seen.
          h("input", { type: "checkbox", name: `may-${scope}`, checked: scope === "read" || scope === "chat", disabled: scope === "read" }),
          h("span", {}, t(`my_keys.scope.${scope}`))))),
    ],
    action: t("my_keys.create"),
    check: ({ label }) => ({ label: label.trim() ? "" : t("my_keys.label_missing") }),
    send: async (texts, form) => {
      const scopes = caller.scopes.filter((scope) => scope === "read" || `may-${scope}` in texts);
      /** @type {CreatedPersonKey} */
      const made = await post(PATH, { label: texts.label, scopes });
      form.reset();
      await showOnce({ title: t("my_keys.created", { label: made.label }), label: t("my_keys.new_key"), value: made.key });
      await refresh();
    },
  });
}

/** @param {PersonKeyOut} key @param {() => unknown} revoke */
function keyRow(key, revoke) {
  const used = key.last_used_at ? t("my_keys.used", { when: ago(key.last_used_at) }) : t("my_keys.unused");
  const scopes = key.scopes.map((scope) => t(`my_keys.may.${scope}`)).join(t("list.comma"));
  return h("li", { class: "account-row" },
    h("div", { class: "account-row-body" },
      h("h3", {}, key.label, " ", key.revoked_at && h("span", { class: "tag tag-failed" }, t("my_keys.revoked"))),
      h("p", { class: "field-hint" }, h("code", {}, `${key.prefix}…`), ` · ${t("my_keys.may", { scopes })}`),
      h("p", { class: "field-hint" }, `${t("my_keys.made", { when: moment(key.created_at) })} · ${used}`)),
    h("div", { class: "account-tools" },
      !key.revoked_at && h("button", {
        class: "button button-plain", type: "button", "aria-label": t("my_keys.revoke_named", { label: key.label }), on: { click: revoke },
      }, t("my_keys.revoke"))));
}
