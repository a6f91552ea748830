// Runs before the first paint, so that a chosen theme or text size never flashes the other one.

/** What was chosen here before; null too where storage is forbidden. @param {string} key */
const chosen = (key) => {
  try {
    return localStorage.getItem(`offbook.${key}`);
  } catch {
    return null;
  }
};

const { dataset } = document.documentElement;
const theme = chosen("theme");
if (theme === "light" || theme === "dark") dataset.theme = theme;
const size = chosen("text-size");
if (size === "small" || size === "large") dataset.textSize = size;

// The sentences and the first view come beside the frame that asks for them, not after it.
const isChinese = (chosen("language") ?? navigator.language).startsWith("zh");
import(isChinese ? "./zh.js" : "./en.js").catch(() => {});
if (location.pathname === "/") import("./views/gallery.js").catch(() => {});
