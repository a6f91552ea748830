// Runs before the first paint, so that a chosen theme or text size never flashes the other one.
try {
  const theme = localStorage.getItem("offbook.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const size = localStorage.getItem("offbook.text-size");
  if (size === "small" || size === "large") document.documentElement.dataset.textSize = size;
} catch {
  // Storage may be forbidden; the system's theme is used.
}
