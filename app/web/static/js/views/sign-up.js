/** `/sign-up`: an account by an invitation, whose token stands behind the `#` of the address. */

import { ApiError, post } from "../api.js";
import { loginComplaint, loginField, nameComplaint, nameField, passwordComplaint, passwordField } from "../account/fields.js";
import { accountForm, isChecked } from "../account/form.js";
import { providerDoor } from "../account/provider.js";
import { accountSentences } from "../account/sentences.js";
import { arrive, doorFromHere, wantedAfterwards } from "../account/ways.js";
import { h } from "../dom.js";
import { explain } from "../errors.js";
import { moment } from "../format.js";
import { language, t } from "../i18n.js";
import { refreshMe } from "../me.js";
import { guestHasConversations, openHouse } from "./sign-in.js";

/** @import { Texts } from "../account/form.js" */
/** @import { OpenView, View } from "../router.js" */
/** @import { InvitationCheck, Me } from "../types.js" */

/**
 * @typedef {object} Invitation
 * @property {string} token
 * @property {InvitationCheck|null} gives
 * @property {unknown} refused why it cannot be used
 */

/** @returns {OpenView} */
export function signUpView() {
  /**
   * What was typed, for the form in another language; and the invitation: no address, history or
   * storage has its token.
   * @type {{typed: Texts, invitation: Invitation|null}}
   */
  const kept = { typed: {}, invitation: null };
  return (_params, signal) => signUp(kept, signal);
}

/** @param {{typed: Texts, invitation: Invitation|null}} kept @param {AbortSignal} signal @returns {Promise<View>} */
async function signUp(kept, signal) {
  const token = takenToken();
  await accountSentences();
  const caller = await refreshMe();
  if (caller.open) return openHouse();
  if (token) kept.invitation = await checked(token);
  const { person } = caller;
  return {
    title: t("account.sign_up"),
    node: h("div", { class: "view door" },
      h("h1", {}, t("account.join")),
      person ? signedInAlready(person.name) : await entrance(caller, kept, signal)),
  };
}

/** Takes the token out of the address, where others might see it. */
function takenToken() {
  const token = location.hash.slice(1);
  if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

/** @param {string} token @returns {Promise<Invitation>} */
async function checked(token) {
  try {
    return { token, gives: await post("/api/invitations/check", { token }), refused: null };
  } catch (error) {
    const isBad = error instanceof ApiError && [403, 422, 429].includes(error.status);
    if (isBad) return { token, gives: null, refused: error };
    throw error;
  }
}

/** @param {string} name */
const signedInAlready = (name) => [
  h("p", { class: "door-lead" }, t("account.signed_in_already", { name })),
  h("div", {}, h("a", { class: "button", href: "/account" }, t("account.title"))),
];

/**
 * @param {Me} caller
 * @param {{typed: Texts, invitation: Invitation|null}} kept
 * @param {AbortSignal} signal
 */
async function entrance(caller, { typed, invitation }, signal) {
  const gives = invitation?.gives ?? null;
  const mayEnter = caller.sign_up === "open" || (caller.sign_up === "invitation" && gives !== null);
  const form = mayEnter && signUpForm(gives ? invitation : null, typed, await guestHasConversations(caller, signal));
  return [
    lead(caller, gives),
    invitation?.refused ? h("p", { class: "notice notice-bad", role: "alert" }, explain(invitation.refused)) : null,
    form && h("div", { class: "door-card" }, form, providerDoor(caller, () => ({
      next: wantedAfterwards(), keep_conversations: isChecked(form, "keep"), invitation: gives ? invitation?.token : null,
    }))),
    h("p", { class: "door-foot" }, t("account.have_account"), " ", h("a", { href: doorFromHere("/sign-in") }, t("account.sign_in"))),
  ];
}

/** @param {Me} caller @param {InvitationCheck|null} gives */
function lead(caller, gives) {
  if (caller.sign_up === "closed") return h("p", { class: "door-lead" }, t("account.closed"));
  if (gives) {
    return h("div", { class: "door-lead" },
      h("p", {}, t(`account.invited.${gives.role}`)),
      h("p", { class: "field-hint" }, t("account.invited_until", { when: moment(gives.expires_at) })));
  }
  return h("p", { class: "door-lead" }, t(caller.sign_up === "open" ? "account.join_text" : "account.invitation_only"));
}

/** @param {Invitation|null} invitation @param {Texts} typed @param {boolean} hasConversations */
function signUpForm(invitation, typed, hasConversations) {
  return accountForm({
    content: [
      nameField({ hint: t("account.name_hint"), value: typed.name ?? "" }),
      loginField({ hint: t("account.login_hint"), value: typed.login ?? "" }),
      passwordField({ label: t("account.password"), name: "password", autocomplete: "new-password", hint: t("account.password_hint") }),
      hasConversations && h("label", { class: "check" },
        h("input", { type: "checkbox", name: "keep", checked: true }), h("span", {}, t("account.bring"))),
    ],
    isMain: true,
    action: t("account.sign_up"),
    fields: { login_taken: "login", password_too_simple: "password" },
    typed: (name, value) => { typed[name] = value; },
    check: ({ name, login, password }) => ({ name: nameComplaint(name), login: loginComplaint(login), password: passwordComplaint(password) }),
    send: async ({ name, login, password, keep }) => {
      await post("/api/people", { name, login, password, invitation: invitation?.token ?? null, language: language(), keep_conversations: keep === "on" });
      await arrive();
    },
  });
}
