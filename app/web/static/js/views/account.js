/** `/account`: who one is here, the password, keys of one's own, and the way out. */

import { patch, put, remove } from "../api.js";
import { knownLogin, nameComplaint, nameField, passwordComplaint, passwordField } from "../account/fields.js";
import { accountForm } from "../account/form.js";
import { myData } from "../account/my-data.js";
import { myKeys } from "../account/my-keys.js";
import { accountSentences } from "../account/sentences.js";
import { doorFromHere } from "../account/ways.js";
import { h } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field } from "../field.js";
import { moment } from "../format.js";
import { go } from "../go.js";
import { language, setLanguage, t } from "../i18n.js";
import { refreshMe } from "../me.js";
import { lasting } from "../storage.js";
import { toast } from "../toast.js";

/** @import { Params, View } from "../router.js" */
/** @import { PersonOut } from "../types.js" */

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function account(_params, signal) {
  await accountSentences();
  const caller = await refreshMe();
  const { person } = caller;
  if (!person) {
    go(doorFromHere("/sign-in"), { replace: true });
    return { title: t("account.title"), node: h("div", { class: "view" }) };
  }
  return {
    title: t("account.title"),
    node: h("div", { class: "view account" },
      h("div", { class: "account-head" },
        h("h1", {}, t("account.title")),
        h("button", { class: "button", type: "button", on: { click: signOut } }, t("account.sign_out"))),
      identity(person),
      password(person),
      await myKeys(caller, signal),
      await myData(caller, signal)),
  };
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

/** @param {PersonOut} person */
function password({ login }) {
  return h("section", { class: "account-section" },
    h("h2", { class: "account-heading" }, t("account.password")),
    accountForm({
      content: [
        knownLogin(login),
        passwordField({ label: t("account.password_now"), name: "current", autocomplete: "current-password" }),
        passwordField({ label: t("account.password_new"), name: "new", autocomplete: "new-password", hint: t("account.password_hint") }),
      ],
      action: t("account.password_change"),
      fields: { wrong_password: "current", password_too_simple: "new" },
      check: (typed) => ({ current: typed.current ? "" : t("account.password_missing"), new: passwordComplaint(typed.new) }),
      send: async (typed, form) => {
        await put("/api/me/password", { current: typed.current, new: typed.new });
        form.reset();
        toast(t("account.password_changed"));
      },
    }));
}
