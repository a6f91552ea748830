/** How many reports wait for an admin. */

import { get } from "../api.js";
import { number } from "../format.js";
import { t } from "../i18n.js";

/** @import { ReportPage } from "../types.js" */

class OpenReports extends EventTarget {
  count = 0;

  /** @param {number} count */
  set(count) {
    if (this.count === count) return;
    this.count = count;
    this.dispatchEvent(new Event("change"));
  }

  /** Asks the server; an answer that does not come leaves the count as it was. */
  async refresh() {
    /** @type {ReportPage|null} */
    const page = await get("/api/admin/reports?limit=1").catch(() => null);
    if (page) this.set(page.open);
  }

  /** The name of the section, with the count. */
  label() {
    return this.count ? t("reports.title_count", { count: number(this.count) }) : t("reports.title");
  }
}

export const openReports = new OpenReports();
