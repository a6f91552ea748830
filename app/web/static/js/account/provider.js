/** The way in through an OpenID provider: its button, and what became of a sign-in there. */

import { post } from "../api.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { has, language, t } from "../i18n.js";

/** @import { Me, OpenIDAddress } from "../types.js" */

/** @typedef {{next: string, keep_conversations: boolean|null, invitation?: string|null}} Wanted */

/**
 * The button below a form, and the line that parts them; nothing where no provider is set up.
 * @param {Me} caller
 * @param {() => Wanted} wanted asked for when the button is pressed
 */
export function providerDoor(caller, wanted) {
  if (caller.openid === null) return null;
  const box = h("div", {});
  const enter = async () => {
    fill(box);
    button.setAttribute("aria-busy", "true");
    try {
      await goToProvider("/api/openid/sign-in", { ...wanted(), language: language() });
    } catch (error) {
      fill(box, h("p", { class: "field-error", role: "alert" }, explain(error)));
    } finally {
      button.removeAttribute("aria-busy");
    }
  };
  const button = h("button", { class: "button", type: "button", on: { click: enter } }, t("openid.enter", { name: caller.openid }));
  return h("div", { class: "door-other" },
    h("p", { class: "door-or" }, h("span", {}, t("openid.or"))), button, box);
}

/**
 * Leaves for the provider, which sends the browser back.
 * @param {string} path where that begins
 * @param {object} body
 */
export async function goToProvider(path, body) {
  /** @type {OpenIDAddress} */
  const { address } = await post(path, body);
  location.assign(address);
}

/**
 * What the server says of a sign-in that came back, taken out of the address: it is over once it was read.
 * @returns {{arrived: boolean, linked: boolean, problem: string}}
 */
export function takenOutcome() {
  const query = new URLSearchParams(location.search);
  const outcome = { arrived: query.has("arrived"), linked: query.has("linked"), problem: query.get("problem") ?? "" };
  for (const name of ["arrived", "linked", "problem"]) query.delete(name);
  const rest = query.toString();
  history.replaceState(history.state, "", location.pathname + (rest ? `?${rest}` : ""));
  return outcome;
}

/** A notice about a sign-in that failed; nothing without a problem. @param {string} problem its code @param {string} name of the provider */
export function problemNotice(problem, name) {
  if (!problem) return null;
  const key = `error.${problem}`;
  return h("p", { class: "notice notice-bad", role: "alert" }, t(has(key) ? key : "error.openid_failed", { name }));
}
