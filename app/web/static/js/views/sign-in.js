/** `/sign-in`: the stage door, for people with an account. */

import { codeOf, get, post } from "../api.js";
import { loginField, passwordField } from "../account/fields.js";
import { accountForm } from "../account/form.js";
import { accountSentences } from "../account/sentences.js";
import { arrive, doorFromHere, wantedAfterwards } from "../account/ways.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { refreshMe } from "../me.js";

/** @import { Texts } from "../account/form.js" */
/** @import { OpenView, View } from "../router.js" */
/** @import { ConversationSummary, Me, PageOf } from "../types.js" */

/** @returns {OpenView} */
export function signInView() {
  /** What was typed, for the form in another language. @type {Texts} */
  const typed = {};
  return (_params, signal) => signIn(typed, signal);
}

/** @param {Texts} typed @param {AbortSignal} signal @returns {Promise<View>} */
async function signIn(typed, signal) {
  await accountSentences();
  const caller = await refreshMe();
  if (caller.open) return openHouse();
  if (caller.person) {
    const next = wantedAfterwards();
    location.replace(next === "/" ? "/account" : next);
    return { title: t("account.sign_in"), node: h("div", { class: "view" }) };
  }
  const hasConversations = await guestHasConversations(caller, signal);
  return { title: t("account.sign_in"), node: door(caller, typed, hasConversations) };
}

/** A service with one user has no doors. @returns {View} */
export function openHouse() {
  return {
    title: t("account.sign_in"),
    node: h("div", { class: "view blank" },
      h("h1", {}, t("account.open")),
      h("p", {}, t("account.open_text")),
      h("a", { class: "button button-primary", href: "/" }, t("missing.home"))),
  };
}

/**
 * Whether a guest talked in this browser.
 * @param {Me} caller
 * @param {AbortSignal} signal
 */
export async function guestHasConversations(caller, signal) {
  if (caller.role !== "guest" || !caller.guests) return false;
  try {
    /** @type {PageOf<ConversationSummary>} */
    const found = await get("/api/conversations?limit=1", signal);
    return found.items.length > 0;
  } catch (error) {
    if (codeOf(error) === "sign_in_needed") return false;
    throw error;
  }
}

/** @param {Me} caller @param {Texts} typed @param {boolean} hasConversations */
function door(caller, typed, hasConversations) {
  const form = accountForm({
    content: [
      loginField({ value: typed.login ?? "" }),
      passwordField({ label: t("account.password"), name: "password", autocomplete: "current-password" }),
      hasConversations && h("label", { class: "check" },
        h("input", { type: "checkbox", name: "keep" }), h("span", {}, t("account.keep"), h("br"), h("span", { class: "field-hint" }, t("account.keep_hint")))),
    ],
    isMain: true,
    action: t("account.sign_in"),
    fields: { wrong_password: "password" },
    typed: (name, value) => { typed[name] = value; },
    check: ({ login, password }) => ({
      login: login.trim() ? "" : t("account.login_missing"),
      password: password ? "" : t("account.password_missing"),
    }),
    send: async ({ login, password, keep }) => {
      await post("/api/session", { login, password, keep_conversations: keep === "on" });
      await arrive();
    },
  });
  return h("div", { class: "view door" },
    h("h1", {}, t("account.door")),
    h("p", { class: "door-lead" }, t(caller.guests ? "account.door_text" : "account.door_text_closed")),
    h("div", { class: "door-card" }, form),
    hasConversations && h("p", { class: "door-foot" }, h("a", { href: "/my-data" }, t("my_data.here_link"))),
    caller.sign_up !== "closed" && h("p", { class: "door-foot" }, t("account.no_account"), " ", h("a", { href: doorFromHere("/sign-up") }, t("account.sign_up"))));
}
