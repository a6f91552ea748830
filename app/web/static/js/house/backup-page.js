/** `/admin/backup`: makes a backup, shows how far it is, and hands it over. */

import { get, post, remove } from "../api.js";
import { codeText } from "../code-text.js";
import { confirm } from "../dialogs.js";
import { fill, focusOn, h } from "../dom.js";
import { explain } from "../errors.js";
import { bytes, moment, number } from "../format.js";
import { has, t } from "../i18n.js";
import { meter } from "../progress.js";
import { repeat } from "../timing.js";
import { toast } from "../toast.js";

/** @import { Params, View } from "../router.js" */
/** @import { BackupFileOut, BackupRunOut, Backups } from "../types.js" */

const PATH = "/api/admin/backups";
const SOON_MS = 500;
const LATER_MS = 10_000;

/** @param {Params} _params @param {AbortSignal} signal @returns {Promise<View>} */
export async function backupPage(_params, signal) {
  const page = new BackupPage(await get(PATH, signal), signal);
  repeat(() => page.follow(), signal);
  return { title: t("backup.title"), node: page.node };
}

class BackupPage {
  /** @param {Backups} now @param {AbortSignal} signal */
  constructor(now, signal) {
    this.now = now;
    this.signal = signal;
    /** The run whose end was said, or that was over when the page was opened. */
    this.over = now.run?.state === "running" ? "" : now.run?.name ?? "";
    this.run = h("div", { class: "backup-run" });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.problem = h("div", { role: "alert" });
    this.list = h("ul", { class: "account-rows" });
    this.button = h("button", { class: "button button-primary", type: "button", on: { click: () => this.make() } }, t("backup.make"));
    this.cancel = h("button", { class: "button", type: "button", on: { click: () => this.attempt(async () => this.show(await post(`${PATH}/cancel`))) } }, t("cancel"));
    this.node = h("div", { class: "view admin backup" },
      h("div", { class: "settings-head" }, h("h1", {}, t("backup.title")), h("p", { class: "mine-lead" }, t("backup.lead"))),
      h("div", { class: "notice" }, h("p", {}, t("backup.secret"))),
      h("div", { class: "backup-make" }, h("div", { class: "actions" }, this.button, this.cancel), this.run, this.problem, this.said),
      h("section", { class: "account-section" }, h("h2", { class: "admin-heading" }, t("backup.kept")), this.list,
        h("p", { class: "field-hint" }, t("backup.kept_hint"))),
      h("section", { class: "account-section" }, h("h2", { class: "admin-heading" }, t("backup.elsewhere")), h("p", {}, codeText(t("backup.elsewhere_text")))));
    this.draw();
  }

  /** @param {Backups} fresh */
  show(fresh) {
    this.now = fresh;
    const { run } = fresh;
    if (run && run.state !== "running" && run.name !== this.over) {
      this.over = run.name;
      this.said.textContent = run.state === "done" ? t("backup.done") : "";
      if (run.state === "done") toast(t("backup.done"));
      this.draw();
      focusOn(run.state === "done" ? this.list.querySelector("a") : this.button);
      return;
    }
    this.draw();
  }

  draw() {
    const { items, run } = this.now;
    const isRunning = run?.state === "running";
    this.button.disabled = isRunning;
    this.cancel.hidden = !isRunning;
    fill(this.run, run && isRunning && progress(run));
    if (run?.state !== "failed") fill(this.problem);
    else if (!this.problem.firstChild) fill(this.problem, failure(run));
    fill(this.list, items.length === 0 && h("li", { class: "field-hint" }, t("backup.none")), items.map((item) => this.row(item)));
  }

  /** @param {BackupFileOut} item */
  row(item) {
    const address = `${PATH}/${encodeURIComponent(item.name)}`;
    const discard = async () => {
      if (!await confirm({ title: t("backup.delete_title"), body: h("p", {}, t("backup.delete_text", { name: item.name })), action: t("chat.delete"), danger: true })) return;
      await this.attempt(async () => {
        await remove(address);
        this.show(await get(PATH, this.signal));
        focusOn(this.button);
      });
    };
    return h("li", { class: "account-row" },
      h("div", { class: "account-row-body" },
        h("h3", { class: "backup-name", lang: "en" }, item.name),
        h("p", { class: "field-hint" }, `${bytes(item.size)} · ${moment(item.created_at)}`)),
      h("div", { class: "account-tools" },
        h("a", { class: "button", href: address, download: item.name, "aria-label": t("files.download_named", { name: item.name }) }, t("files.download")),
        h("button", { class: "button button-plain", type: "button", "aria-label": t("backup.delete_named", { name: item.name }), on: { click: discard } }, t("chat.delete"))));
  }

  make() {
    return this.attempt(async () => {
      fill(this.problem);
      this.over = "";
      this.show(await post(PATH));
      focusOn(this.cancel);
    });
  }

  async follow() {
    /** @type {Backups|null} */
    const fresh = document.hidden ? null : await get(PATH, this.signal).catch(() => null);
    // Drawn anew only where something changed: a control in use keeps its focus.
    if (fresh && JSON.stringify(fresh) !== JSON.stringify(this.now)) this.show(fresh);
    return this.now.run?.state === "running" ? SOON_MS : LATER_MS;
  }

  /** @param {() => Promise<void>} work */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      fill(this.problem, h("p", { class: "field-error" }, explain(error)));
    }
  }
}

/** @param {BackupRunOut} run */
function progress(run) {
  const share = run.tables ? (Math.max(0, run.table - 1) + (run.total ? run.done / run.total : 0)) / run.tables : 0;
  return [
    meter(Math.min(1, share), t("backup.progress")),
    h("p", { class: "progress-text" }, run.step
      ? t("backup.step", { table: run.step, done: number(run.done), total: number(run.total), number: run.table, tables: run.tables, size: bytes(run.size) })
      : t("backup.begins")),
  ];
}

/** @param {BackupRunOut} run */
function failure(run) {
  const key = `backup.problem.${run.problem}`;
  return h("div", { class: "notice notice-bad" },
    h("p", { class: "notice-title" }, has(key) ? t(key) : t("backup.problem.other")),
    run.problem !== "cancelled" && h("p", { lang: "en" }, codeText(run.error)));
}
