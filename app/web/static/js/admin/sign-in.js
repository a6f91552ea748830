/** Asks for the admin key. */

import { doorFromHere } from "../account/ways.js";
import { post } from "../api.js";
import { fill, formOf, h, textIn } from "../dom.js";
import { explain } from "../errors.js";
import { field } from "../field.js";
import { t } from "../i18n.js";
import { knownMe } from "../me.js";

/** @import { View } from "../router.js" */

/** @param {() => void} done @returns {Promise<View>} */
export async function signIn(done) {
  const { person } = await knownMe();
  const box = h("div", {});
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    try {
      await post("/api/admin/session", { key: textIn(formOf(event), "key") });
      done();
    } catch (error) {
      fill(box, h("p", { class: "field-error", role: "alert" }, explain(error)));
    }
  };
  return {
    title: t("admin.title"),
    node: h("div", { class: "view sign-in" },
      h("h1", {}, t("admin.sign_in")),
      h("p", {}, t("admin.sign_in_text")),
      h("form", { class: "dialog-form", on: { submit } },
        field({ label: t("admin.key"), name: "key", type: "password", autocomplete: "current-password", required: true }),
        box,
        h("div", {}, h("button", { class: "button button-primary" }, t("admin.enter")))),
      person
        ? h("p", {}, t("admin.not_you", { name: person.name }))
        : h("p", {}, h("a", { href: doorFromHere("/sign-in") }, t("admin.with_account")))),
  };
}
