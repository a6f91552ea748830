/** Invitations: made, shown once as a link, listed while they can be used, deleted. */

import { get, post, remove } from "../api.js";
import { accountForm } from "../account/form.js";
import { codeText } from "../code-text.js";
import { confirm } from "../dialogs.js";
import { fill, h } from "../dom.js";
import { explain } from "../errors.js";
import { choice, field } from "../field.js";
import { moment } from "../format.js";
import { t } from "../i18n.js";
import { showOnce } from "../once.js";
import { toast } from "../toast.js";
import { ROLES } from "./person-row.js";

/** @import { Props } from "../dom.js" */
/** @import { Texts } from "../account/form.js" */
/** @import { CreatedInvitation, InvitationOut, PageOf } from "../types.js" */

const PATH = "/api/admin/invitations";
const MOST_USES = 1_000;
const MOST_DAYS = 365;

/** @param {boolean} isClosed whether the settings let no further people in @param {AbortSignal} signal @returns {Promise<HTMLElement>} */
export async function invitationSection(isClosed, signal) {
  const list = h("ul", { class: "account-rows" });
  const none = h("p", { class: "field-hint" }, t("invitations.none"));
  /** @param {PageOf<InvitationOut>} page */
  const draw = ({ items }) => {
    none.hidden = items.length > 0;
    fill(list, items.map((item) => row(item, () => discard(item))));
  };
  const refresh = async () => draw(await get(PATH, signal));
  /** @param {InvitationOut} item */
  const discard = async (item) => {
    const sure = await confirm({ title: t("invitations.delete_title"), body: h("p", {}, t("invitations.delete_text")), action: t("chat.delete"), danger: true });
    if (!sure) return;
    try {
      await remove(`${PATH}/${item.id}`);
      toast(t("invitations.deleted"));
      await refresh();
    } catch (error) {
      toast(explain(error));
    }
  };
  draw(await get(PATH, signal));
  return h("section", { class: "account-section" },
    h("h2", { class: "account-heading" }, t("invitations.title")),
    h("p", { class: "field-hint" }, codeText(t(isClosed ? "invitations.closed" : "invitations.hint"))),
    none, list, newInvitation(refresh));
}

/** @param {() => Promise<void>} refresh */
function newInvitation(refresh) {
  return accountForm({
    content: [
      field({ label: t("account.role"), name: "role", control: choice(ROLES.map((role) => [role, t("role.with_rights", { role: t(`role.${role}`), may: t(`role.${role}_may`) })])) }),
      field({ label: t("invitations.note"), name: "note", maxlength: 200, hint: t("invitations.note_hint") }),
      h("div", { class: "account-pair" },
        numberField({ label: t("invitations.uses"), name: "uses", value: 1, max: MOST_USES }),
        numberField({ label: t("invitations.days"), name: "days", value: 14, max: MOST_DAYS })),
    ],
    action: t("invitations.create"),
    check: (typed) => ({ uses: outOf(typed, "uses", MOST_USES), days: outOf(typed, "days", MOST_DAYS) }),
    send: async ({ role, note, uses, days }, form) => {
      /** @type {CreatedInvitation} */
      const made = await post(PATH, { role, note, uses: Number(uses), days: Number(days) });
      form.reset();
      await showOnce({
        title: t("invitations.created", { role: t(`role.${made.role}`) }), label: t("invitations.link"),
        value: `${location.origin}/sign-up#${made.token}`, text: t("invitations.once"),
      });
      await refresh();
    },
  });
}

/** @param {{label: string, name: string} & Props} props */
const numberField = (props) => field({ type: "number", inputmode: "numeric", min: 1, step: 1, ...props });

/** @param {Texts} typed @param {string} name @param {number} most */
function outOf(typed, name, most) {
  const value = Number(typed[name]);
  return Number.isInteger(value) && value >= 1 && value <= most ? "" : t("invitations.number_needs", { most });
}

/** @param {InvitationOut} item @param {() => unknown} discard */
function row(item, discard) {
  const role = t(`role.${item.role}`);
  const title = item.note || t("invitations.unnamed");
  return h("li", { class: "account-row" },
    h("div", { class: "account-row-body" },
      h("h3", {}, title, " ", h("span", { class: "tag" }, role)),
      h("p", { class: "field-hint" }, `${t("invitations.left", { n: item.uses_left })} · ${t("invitations.until", { when: moment(item.expires_at) })}`)),
    h("div", { class: "account-tools" },
      h("button", { class: "button button-plain", type: "button", "aria-label": t("invitations.delete_named", { note: title }), on: { click: discard } }, t("chat.delete"))));
}
