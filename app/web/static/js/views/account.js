/** `/account`: who one is here, the password, keys of one's own, and the way out. */

import { get, patch, put, remove } from "../api.js";
import { knownLogin, nameComplaint, nameField, passwordComplaint, passwordField } from "../account/fields.js";
import { accountForm } from "../account/form.js";
import { myData } from "../account/my-data.js";
import { myKeys } from "../account/my-keys.js";
import { providerLink } from "../account/provider-link.js";
import { problemNotice, takenOutcome } from "../account/provider.js";
import { myUsage } from "../account/my-usage.js";
import { accountSentences } from "../account/sentences.js";
import { doorFromHere } from "../account/ways.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field } from "../field.js";
import { moment } from "../format.js";
import { go } from "../go.js";
import { language, setLanguage, t } from "../i18n.js";
import { refreshMe } from "../me.js";
import { lasting } from "../storage.js";
import { toast } from "../toast.js";

/** @import { Params, View } from "../router.js" */
/** @import { PersonOut, SignInMethods } from "../types.js" */

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function account(_params, signal) {
  const outcome = takenOutcome();
  await accountSentences();
  const caller = await refreshMe();
  const { person } = caller;
  if (!person) {
    go(doorFromHere("/sign-in"), { replace: true });
    return { title: t("account.title"), node: h("div", { class: "view" }) };
  }
  const entrances = await waysIn(person, signal);
  if (outcome.linked) toast(t("openid.linked", { name: caller.openid ?? "" }));
  return {
    title: t("account.title"),
    node: h("div", { class: "view account" },
      h("div", { class: "account-head" },
        h("h1", {}, t("account.title")),
        caller.by_proxy
          ? h("p", { class: "field-hint" }, t("account.by_proxy"))
          : h("button", { class: "button", type: "button", on: { click: signOut } }, t("account.sign_out"))),
      problemNotice(outcome.problem, caller.openid ?? ""),
      identity(person),
      entrances,
      await myUsage(signal),
      await myKeys(caller, signal),
      await myData(caller, signal)),
  };
}

/** The password, and the account at the provider: each says whether the other is needed. @param {PersonOut} person @param {AbortSignal} signal */
async function waysIn(person, signal) {
  const box = h("div", { class: "account-ways" });
  const draw = async () => {
    /** @type {SignInMethods} */
    const ways = await get("/api/me/sign-in", signal);
    // Whom a proxy signs in needs no password here.
    fill(box, !ways.password && ways.by_proxy ? null : password(person, ways, draw), providerLink(person, ways, draw));
  };
  await draw();
  return box;
}

async function signOut() {
  try {
    await remove("/api/session");
  } catch (error) {
    toast(explain(error));
    return;
  }
  lasting.set("user-name", null); // the next person at this browser has another name
  location.assign("/");
}

/** @param {PersonOut} person */
function identity(person) {
  const languages = [["", t("account.language_browser")], ["en", t("persona.en")], ["zh", t("persona.zh")]];
  return h("section", { class: "account-section" },
    h("h2", { class: "account-heading" }, t("account.who")),
    h("dl", { class: "facts" },
      h("dt", {}, t("account.login")), h("dd", {}, person.login),
      h("dt", {}, t("account.role")), h("dd", {}, t("role.with_rights", { role: t(`role.${person.role}`), may: t(`role.${person.role}_may`) })),
      h("dt", {}, t("account.since")), h("dd", {}, moment(person.created_at))),
    accountForm({
      content: [
        nameField({ value: person.name, hint: t("account.name_hint") }),
        field({ label: t("account.language"), name: "language", control: choice(languages), value: person.language ?? "", hint: t("account.language_hint") }),
      ],
      action: t("save"),
      check: ({ name }) => ({ name: nameComplaint(name) }),
      send: async ({ name, language: chosen }) => {
        await patch("/api/me", { name, language: chosen || null });
        await refreshMe();
        if ((chosen === "en" || chosen === "zh") && chosen !== language()) await setLanguage(chosen);
        toast(t("account.saved"));
      },
    }));
}

/** @param {PersonOut} person @param {SignInMethods} ways @param {() => Promise<void>} changed called when there was none before */
function password({ login }, { password: hasOne }, changed) {
  return h("section", { class: "account-section" },
    h("h2", { class: "account-heading" }, t("account.password")),
    !hasOne && h("p", { class: "field-hint" }, t("account.password_none", { login })),
    accountForm({
      content: [
        knownLogin(login),
        hasOne && passwordField({ label: t("account.password_now"), name: "current", autocomplete: "current-password" }),
        passwordField({ label: t("account.password_new"), name: "new", autocomplete: "new-password", hint: t("account.password_hint") }),
      ],
      action: t(hasOne ? "account.password_change" : "account.password_set"),
      fields: { wrong_password: "current", password_too_simple: "new" },
      check: (typed) => ({ current: typed.current || !hasOne ? "" : t("account.password_missing"), new: passwordComplaint(typed.new) }),
      send: async (typed, form) => {
        await put("/api/me/password", { current: typed.current ?? null, new: typed.new });
        form.reset();
        toast(t("account.password_changed"));
        if (!hasOne) await changed();
      },
    }));
}
