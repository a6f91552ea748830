/** The fields of the account pages, and what each of them needs. */

import { h } from "../dom.js";
import { field } from "../field.js";
import { t } from "../i18n.js";

/** @import { Props } from "../dom.js" */
/** @import { Control } from "../field.js" */

const SHORTEST_PASSWORD = 10;
const LONGEST_PASSWORD = 200;
const LONGEST_NAME = 80;

/** @type {Control} */
const secret = (props) => {
  const input = h("input", { type: "password", autocapitalize: "none", spellcheck: "false", ...props });
  const button = h("button", { class: "button button-plain", type: "button", "aria-controls": props.id });
  const draw = () => {
    const isShown = input.type === "text";
    button.textContent = t(isShown ? "account.hide" : "account.show");
    button.setAttribute("aria-label", t(isShown ? "account.hide_named" : "account.show_named"));
  };
  button.addEventListener("click", () => {
    input.type = input.type === "text" ? "password" : "text";
    draw();
  });
  draw();
  return h("div", { class: "secret" }, input, button);
};

/** @param {{label: string, name: string} & Props} props */
export const passwordField = (props) => field({ control: secret, required: true, ...props });

/** @param {Props} [props] */
export const loginField = (props = {}) => field({
  label: t("account.login"), name: "login", maxlength: 120, autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, ...props,
});

/** @param {Props} [props] */
export const nameField = (props = {}) => field({ label: t("account.name"), name: "name", maxlength: LONGEST_NAME, autocomplete: "name", required: true, ...props });

/** The login for a password manager, in a form that asks for passwords alone. @param {string} login */
export const knownLogin = (login) => h("input", { type: "text", autocomplete: "username", value: login, readonly: true, hidden: true });

/** What is wrong with a new password, if anything. @param {string} password */
export function passwordComplaint(password) {
  const { length } = [...password];
  return length < SHORTEST_PASSWORD || length > LONGEST_PASSWORD ? t("account.password_needs") : "";
}

/** @param {string} login */
export const loginComplaint = (login) => (login.trim().length < 2 || /\s/.test(login.trim()) ? t("account.login_needs") : "");

/** @param {string} name */
export const nameComplaint = (name) => (name.trim() ? "" : t("account.name_needs"));
