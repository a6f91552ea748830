/** What one has here: how much, all of it in one file, what was deleted, and deleting everything. */

import { get, getAll, post } from "../api.js";
import { confirm } from "../dialogs.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { ago, languageOf, moment, number, unmarked } from "../format.js";
import { t } from "../i18n.js";
import { consentSection } from "../rating/consent-section.js";
import { lasting } from "../storage.js";
import { toast } from "../toast.js";
import { knownLogin, loginField, passwordField } from "./fields.js";
import { accountForm } from "./form.js";

/** @import { DeletedConversation, Me, OwnData } from "../types.js" */

const COUNTED = /** @type {const} */ (["conversations", "messages", "favourites", "keys", "scripts", "rehearsed_lines", "signals"]);

/** @param {Me} caller @param {AbortSignal} signal @returns {Promise<HTMLElement[]>} */
export async function myData(caller, signal) {
  /** @type {[OwnData, DeletedConversation[], HTMLElement|null]} */
  const [data, deleted, consent] = await Promise.all([
    get("/api/me/data", signal), getAll("/api/me/deleted-conversations", signal), consentSection(signal),
  ]);
  const isGuest = caller.person === null;
  return [
    h("section", { class: "account-section" },
      h("h2", { class: "account-heading" }, t(isGuest ? "my_data.take" : "my_data.title")),
      h("p", {}, t(isGuest ? "my_data.of_guest" : "my_data.of_person", { what: summary(data) })),
      data.conversations_kept_days !== null && h("p", { class: "field-hint" }, t("my_data.kept", { n: data.conversations_kept_days })),
      h("p", { class: "field-hint" }, t(isGuest ? "my_data.download_guest" : "my_data.download_text")),
      h("a", { class: "button", href: "/api/me/download", download: "" }, t("my_data.download")),
      deletedConversations(deleted)),
    ...(consent ? [consent] : []),
    erasure(caller, data),
  ];
}

/** @param {OwnData} data */
function summary(data) {
  const counts = { ...data, characters: data.characters.length };
  const parts = [...COUNTED, /** @type {const} */ ("characters")]
    .filter((name) => counts[name] > 0)
    .map((name) => t(`my_data.n_${name}`, { n: counts[name], many: number(counts[name]) }));
  if (data.persona) parts.push(t("my_data.persona"));
  return parts.length > 0 ? parts.join(t("my_data.comma")) : t("my_data.nothing");
}

/** @param {DeletedConversation[]} first */
function deletedConversations(first) {
  let items = first;
  const list = h("ul", { class: "account-rows" });
  const heading = h("summary", {});
  const node = h("details", { class: "deleted" }, heading, list);
  const draw = () => {
    node.hidden = items.length === 0;
    fill(heading, t("my_data.deleted", { count: number(items.length) }));
    fill(list, items.map(row));
  };
  /** @param {DeletedConversation} item */
  const restore = async (item) => {
    try {
      await post(`/api/conversations/${item.id}/restore`);
      items = items.filter((each) => each.id !== item.id);
      draw();
      toast(t("my_data.restored", { title: titleOf(item) }));
    } catch (error) {
      toast(explain(error));
    }
  };
  /** @param {DeletedConversation} item */
  const row = (item) => h("li", { class: "account-row" },
    h("div", { class: "account-row-body" },
      h("h3", { lang: languageOf(titleOf(item)) }, titleOf(item)),
      h("p", { class: "field-hint" },
        h("span", { lang: languageOf(item.character) }, item.character), " · ",
        t("my_data.deleted_when", { ago: ago(item.deleted_at), until: moment(item.purged_at) }))),
    h("div", { class: "account-tools" },
      h("button", { class: "button", type: "button", "aria-label": t("my_data.restore_named", { title: titleOf(item) }), on: { click: () => restore(item) } }, t("my_data.restore"))));
  draw();
  return node;
}

/** @param {DeletedConversation} item */
const titleOf = (item) => unmarked(item.title) || t("conversations.untitled");

/** @param {Me} caller @param {OwnData} data */
function erasure(caller, data) {
  const isGuest = caller.person === null;
  return h("section", { class: "account-section erasure" },
    h("h2", { class: "account-heading" }, t("my_data.erase_title")),
    h("p", {}, t(isGuest ? "my_data.erase_guest" : "my_data.erase_person")),
    !caller.open && h("p", { class: "field-hint" }, t("my_data.erase_audit")),
    concerned(data),
    accountForm({
      content: confirmation(caller, data),
      action: t("my_data.erase"),
      isDangerous: true,
      fields: { wrong_password: "password", wrong_login: "login" },
      check: (typed) => ({
        password: typed.password === "" ? t("account.password_missing") : "",
        login: typed.login?.trim() === "" ? t("account.login_missing") : "",
      }),
      send: async ({ password, login }) => {
        const sure = await confirm({
          title: t("my_data.erase_sure"), body: h("p", {}, t("my_data.erase_final")), action: t("my_data.erase_do"), danger: true,
        });
        if (!sure) return;
        await post("/api/me/erasure", { everything: true, ...(password ? { password } : {}), ...(login ? { login } : {}) });
        lasting.set("user-name", null); // the next person at this browser has another name
        location.assign("/");
      },
    }));
}

/** What is typed again before everything goes. @param {Me} caller @param {OwnData} data */
function confirmation({ person }, { confirmation: needed }) {
  if (person === null || needed === "nothing") return null;
  if (needed === "login") return loginField({ label: t("my_data.login_again") });
  return [knownLogin(person.login), passwordField({ label: t("my_data.password_again"), name: "password", autocomplete: "current-password" })];
}

/** The characters that others talk to. @param {OwnData} data */
function concerned({ characters }) {
  const shared = characters.filter((each) => each.conversations_of_others > 0);
  if (shared.length === 0) return null;
  return h("div", { class: "notice" },
    h("p", {}, t("my_data.others_talk")),
    h("ul", {}, shared.map((each) => h("li", {},
      h("a", { href: `/characters/${encodeURIComponent(each.slug)}`, lang: languageOf(each.name) }, each.name), " ",
      t("my_data.others_count", { n: each.conversations_of_others, many: number(each.conversations_of_others) })))));
}
