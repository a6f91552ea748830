/** `/api/docs`: the API, read from the service's own description of it. */

import { connection, get } from "./api.js";
import { apiPage } from "./docs/page.js";
import { elementById } from "./dom.js";
import { languages, t } from "./i18n.js";
import { Shell } from "./shell.js";
import { watchStatus } from "./status.js";
import { failure } from "./views/exceptions.js";

/** @import { Spec } from "./docs/openapi.js" */

await languages.extend({
  en: async () => (await import("./docs/en.js")).en,
  zh: async () => (await import("./docs/zh.js")).zh,
});

const shell = new Shell(elementById("app"), {
  home: "/",
  nav: () => [["/", t("nav.characters")], ["/api/docs", t("shell.api")]],
});

/** Reads the description once, and draws it in whatever language is chosen. */
class ApiDocs {
  constructor() {
    /** @type {Spec|null} */
    this.spec = null;
  }

  async view() {
    try {
      /** @type {Spec} */
      const spec = this.spec ?? await get("/api/openapi.json");
      this.spec = spec;
      return apiPage(spec);
    } catch (error) {
      return failure(error, () => this.draw());
    }
  }

  async draw() {
    const scroll = scrollY;
    shell.show(await this.view(), { scroll, focus: false });
  }
}

const docs = new ApiDocs();

languages.addEventListener("change", () => {
  shell.draw();
  docs.draw();
});
connection.addEventListener("change", () => connection.online && docs.spec === null && docs.draw());

watchStatus(new AbortController().signal);
await docs.draw();
// The element that the address points to did not exist yet when the browser looked for it.
if (location.hash) location.replace(location.hash);
