/** Light, dark, or as the system says. */

import { lasting } from "./storage.js";

/** @typedef {"system"|"light"|"dark"} Theme */

/** @type {Theme[]} */
const THEMES = ["system", "light", "dark"];

export const theme = () => THEMES.find((name) => name === document.documentElement.dataset.theme) ?? "system";

/** @param {Theme} name */
export function setTheme(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  lasting.set("theme", name === "system" ? null : name);
}

export const nextTheme = () => THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
