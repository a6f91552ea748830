/** The masthead's way to one's account. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { me, watchMe } from "../me.js";
import { accountSentences } from "./sentences.js";
import { doorFromHere } from "./ways.js";

/**
 * What draws the link; `changed` is called whenever another person is known.
 * @param {() => void} changed
 */
export async function watchAccount(changed) {
  await accountSentences();
  me.addEventListener("change", changed);
  watchMe();
  return accountLink;
}

function accountLink() {
  const now = me.current;
  if (!now || now.open) return null;
  if (now.person) {
    return h("a", { class: "account-link", href: "/account", "aria-label": t("account.link", { name: now.person.name }), "aria-current": location.pathname === "/account" ? "page" : null },
      icon("you"), h("span", { class: "account-name" }, now.person.name));
  }
  if (now.role !== "guest") return null; // came with the admin key, and has no account
  return h("a", { class: "account-link", href: doorFromHere("/sign-in"), "aria-current": location.pathname === "/sign-in" ? "page" : null }, t("account.sign_in"));
}
