/** People who have an account: found, given a role, shut out and let in again. */

import { get, patch, post, withQuery } from "../api.js";
import { confirm, prompt } from "../dialogs.js";
import { controlOf, fill, h, uniqueId } from "../dom.js";
import { explain } from "../errors.js";
import { t } from "../i18n.js";
import { showOnce } from "../once.js";
import { debounce } from "../timing.js";
import { toast } from "../toast.js";
import { askLimits } from "./limits-dialog.js";
import { personRow } from "./person-row.js";

/** @import { PageOf, PasswordReset, PersonOut } from "../types.js" */

const PATH = "/api/admin/people";
const PAGE_SIZE = 30;

/**
 * @param {string|null} own the id of the admin's own account, which others must change
 * @param {AbortSignal} signal
 * @returns {Promise<HTMLElement>}
 */
export async function peopleSection(own, signal) {
  const people = new People(own, signal);
  await people.search("");
  return h("section", { class: "account-section" },
    h("h2", { class: "account-heading" }, t("people.title")),
    people.searchBox(), people.note, people.list, people.more);
}

class People {
  /** @param {string|null} own @param {AbortSignal} signal */
  constructor(own, signal) {
    this.own = own;
    this.signal = signal;
    /** @type {PersonOut[]} */
    this.items = [];
    /** @type {string|null} */
    this.cursor = null;
    this.sought = "";
    this.list = h("ul", { class: "account-rows" });
    this.note = h("p", { class: "field-hint", role: "status" });
    this.more = h("button", { class: "button", type: "button", on: { click: () => this.attempt(() => this.next()) } }, t("gallery.more"));
  }

  searchBox() {
    const id = uniqueId("people");
    const search = debounce((/** @type {string} */ text) => this.attempt(() => this.search(text)), 200);
    return h("div", { role: "search" },
      h("label", { class: "visually-hidden", for: id }, t("people.search")),
      h("input", {
        class: "input", id, type: "search", maxlength: 100, autocomplete: "off", placeholder: t("people.search"),
        on: { input: (event) => search(controlOf(event).value.trim()) },
      }));
  }

  /** @param {string} text */
  async search(text) {
    this.sought = text;
    const page = await this.page(null);
    if (this.sought !== text) return; // another search began meanwhile
    this.items = page.items;
    this.cursor = page.next_cursor;
    this.draw();
  }

  async next() {
    const { sought } = this;
    const page = await this.page(this.cursor);
    if (this.sought !== sought) return;
    this.items = [...this.items, ...page.items];
    this.cursor = page.next_cursor;
    this.draw();
  }

  /** @param {string|null} cursor @returns {Promise<PageOf<PersonOut>>} */
  page(cursor) {
    return get(withQuery(PATH, { search: this.sought, cursor, limit: PAGE_SIZE }), this.signal);
  }

  draw() {
    this.more.hidden = this.cursor === null;
    fill(this.note, this.items.length === 0 && t(this.sought ? "people.not_found" : "people.none", { q: this.sought }));
    fill(this.list, this.items.map((person) => personRow(person, {
      isOwn: person.id === this.own,
      give: (role) => this.give(person, role),
      shut: () => this.shut(person),
      reset: () => this.reset(person),
      limit: () => this.limit(person),
      erase: () => this.erase(person),
    })));
  }

  /** @param {PersonOut} person @param {string} role */
  async give(person, role) {
    const { name } = person;
    const sure = role !== "admin" || await confirm({
      title: t("people.admin_title", { name }), body: h("p", {}, t("people.admin_text")), action: t("people.admin_action"),
    });
    await this.attempt(async () => {
      if (sure) {
        await this.change(person, { role });
        toast(t("people.given", { name, role: t(`role.${/** @type {PersonOut["role"]} */ (role)}`) }));
      }
    });
    this.draw();
    this.focus(person, "select");
  }

  /** Disables a person, or enables one again. @param {PersonOut} person */
  async shut(person) {
    const { name, disabled_at: isDisabled } = person;
    const sure = await confirm(isDisabled
      ? { title: t("people.enable_title", { name }), body: h("p", {}, t("people.enable_text")), action: t("people.enable") }
      : { title: t("people.disable_title", { name }), body: h("p", {}, t("people.disable_text")), action: t("people.disable"), danger: true });
    if (!sure) return;
    await this.attempt(async () => {
      await this.change(person, { disabled: !isDisabled });
      toast(t(isDisabled ? "people.enabled" : "people.disabled_done", { name }));
      this.draw();
      this.focus(person, ".person-shut");
    });
  }

  /** @param {PersonOut} person */
  async reset(person) {
    const { name } = person;
    const sure = await confirm({ title: t("people.reset_title", { name }), body: h("p", {}, t("people.reset_text")), action: t("people.reset"), danger: true });
    if (!sure) return;
    await this.attempt(async () => {
      /** @type {PasswordReset} */
      const { password } = await post(`${PATH}/${person.id}/password`);
      await showOnce({ title: t("people.reset_done", { name }), label: t("people.new_password"), value: password, text: t("people.hand_over", { login: person.login }) });
    });
  }

  /** Deletes everything of a person for good. @param {PersonOut} person */
  async erase(person) {
    const { name, login } = person;
    const typed = await prompt({
      title: t("people.erase_title", { name }), body: h("p", {}, t("people.erase_text")),
      label: t("people.erase_login", { login }), value: "", maxLength: 200, action: t("people.erase_action"), danger: true,
    });
    if (typed === null) return;
    if (typed.toLowerCase() !== login.toLowerCase()) {
      toast(t("people.erase_mismatch", { login }));
      return;
    }
    await this.attempt(async () => {
      await post(`${PATH}/${person.id}/erasure`, { login: typed });
      this.items = this.items.filter((each) => each.id !== person.id);
      this.draw();
      toast(t("people.erased", { name }));
    });
  }

  /** @param {PersonOut} person */
  limit(person) {
    return this.attempt(async () => {
      if (await askLimits(person)) toast(t("limits.saved", { name: person.name }));
    });
  }

  /** @param {PersonOut} person @param {object} changes */
  async change(person, changes) {
    /** @type {PersonOut} */
    const fresh = await patch(`${PATH}/${person.id}`, changes);
    this.items = this.items.map((each) => (each.id === fresh.id ? fresh : each));
  }

  /** Gives the focus back to a row that was drawn anew. @param {PersonOut} person @param {string} control */
  focus(person, control) {
    const found = this.list.querySelector(`[data-person="${person.id}"] ${control}`);
    if (found instanceof HTMLElement) found.focus();
  }

  /** @param {() => Promise<void>} work */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!this.signal.aborted) toast(explain(error));
    }
  }
}
