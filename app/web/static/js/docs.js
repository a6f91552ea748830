/** `/api/docs`: the API, read from the service's own description of it. */

import { connection, get } from "./api.js";
import { apiPage } from "./docs/page.js";
import { languages, t } from "./i18n.js";
import { Shell } from "./shell.js";
import { watchStatus } from "./status.js";
import { failure } from "./views/exceptions.js";

const shell = new Shell(document.getElementById("app"), {
  home: "/",
  nav: () => [["/", t("nav.characters")], ["/api/docs", t("shell.api")]],
});

let spec = null;

async function view() {
  try {
    spec ??= await get("/api/openapi.json");
    return apiPage(spec);
  } catch (error) {
    return failure(error, draw);
  }
}

async function draw() {
  const scroll = scrollY;
  shell.show(await view(), { scroll, focus: false });
}

languages.addEventListener("change", () => {
  shell.draw();
  draw();
});
connection.addEventListener("change", () => connection.online && spec === null && draw());

watchStatus(new AbortController().signal);
await draw();
// What the address points to was not there yet when the browser looked for it.
if (location.hash) location.replace(location.hash);
