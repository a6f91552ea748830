/** Light, dark, or as the system says. */

import { lasting } from "./storage.js";

/** @typedef {"system"|"light"|"dark"} Theme */

/** @type {Theme[]} */
const THEMES = ["system", "light", "dark"];

export const theme = () => THEMES.find((name) => name === document.documentElement.dataset.theme) ?? "system";

/** The colours of the paper, which browsers paint around the page; as in css/tokens.css. */
const PAPERS = { light: "#f6f1e6", dark: "#171411" };

/** Paints the browser around the page as the page is. */
export function paintBrowser() {
  const chosen = theme();
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    const scheme = meta.getAttribute("media")?.includes("dark") ? "dark" : "light";
    meta.setAttribute("content", PAPERS[chosen === "system" ? scheme : chosen]);
  }
}

/** @param {Theme} name */
export function setTheme(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  lasting.set("theme", name === "system" ? null : name);
  paintBrowser();
}

export const nextTheme = () => THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
