/** One’s account at the OpenID provider: linked to the one here, and unlinked again. */

import { remove } from "../api.js";
import { confirm } from "../dialogs.js";
import { h } from "../dom.js";
import { explain } from "../errors.js";
import { moment } from "../format.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";
import { knownLogin, passwordField } from "./fields.js";
import { accountForm } from "./form.js";
import { goToProvider } from "./provider.js";

/** @import { PersonOut, ProviderLinkOut, SignInMethods } from "../types.js" */

const PATH = "/api/me/openid";

/**
 * @param {PersonOut} person
 * @param {SignInMethods} ways
 * @param {() => void} changed called when the provider was unlinked
 */
export function providerLink(person, ways, changed) {
  const { provider: name, linked } = ways;
  // Whom a proxy signed in has no session here that a link could belong to.
  if (name === null || (linked === null && ways.by_proxy)) return null;
  return h("section", { class: "account-section" },
    h("h2", { class: "account-heading" }, t("openid.title", { name })),
    linked ? linkedTo(name, linked, ways, changed) : linkForm(name, person, ways));
}

/** @param {string} name @param {ProviderLinkOut} linked @param {SignInMethods} ways @param {() => void} changed */
function linkedTo(name, linked, ways, changed) {
  const unlink = async () => {
    const sure = await confirm({
      title: t("openid.unlink_title", { name }), body: h("p", {}, t("openid.unlink_text", { name })), action: t("openid.unlink"),
    });
    if (!sure) return;
    try {
      await remove(PATH);
      toast(t("openid.unlinked", { name }));
      changed();
    } catch (error) {
      toast(explain(error));
    }
  };
  return [
    h("dl", { class: "facts" },
      h("dt", {}, t("openid.account")), h("dd", {}, linked.account),
      h("dt", {}, t("openid.since")), h("dd", {}, moment(linked.created_at))),
    ways.password
      ? h("button", { class: "button", type: "button", "aria-label": t("openid.unlink_named", { name }), on: { click: unlink } }, t("openid.unlink"))
      : h("p", { class: "field-hint" }, t("openid.password_first", { name })),
  ];
}

/** @param {string} name @param {PersonOut} person @param {SignInMethods} ways */
function linkForm(name, person, ways) {
  return accountForm({
    content: [
      h("p", { class: "field-hint" }, t("openid.link_hint", { name })),
      ways.password && [knownLogin(person.login), passwordField({ label: t("account.password"), name: "password", autocomplete: "current-password" })],
    ],
    action: t("openid.link", { name }),
    fields: { wrong_password: "password" },
    check: ({ password }) => ({ password: password || !ways.password ? "" : t("account.password_missing") }),
    send: ({ password }) => goToProvider(PATH, { password: password ?? null }),
  });
}
