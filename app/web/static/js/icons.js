/** Line icons on a 24 grid, drawn as SVG nodes. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {keyof typeof PATHS} IconName */

const PATHS = {
  system: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  light: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M5 5l1.7 1.7M17.3 17.3 19 19M19 5l-1.7 1.7M6.7 17.3 5 19",
  dark: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  close: "M6 6l12 12M18 6 6 18",
  back: "M14.5 5 7.5 12l7 7",
  previous: "M14 6l-6 6 6 6",
  next: "M10 6l6 6-6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  again: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4.5h-4.5",
  edit: "M5 19h3.5L19 8.5 15.5 5 5 15.5zM13.5 7l3.5 3.5",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7M10.5 11v5M13.5 11v5",
  lines: "M5 6h14M5 10.5h14M5 15h9M5 19.5h6",
  copy: "M9 9h10v11H9zM15 9V5H5v11h4",
  info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5.5M12 7.5v.5",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  memory: "M7 4.5h10v15l-5-3.8-5 3.8z",
  moment: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3.2 2",
  wings: "M4.5 5h15v14h-15zM9.5 5v14",
  search: "M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l4.5 4.5",
  add: "M12 5v14M5 12h14",
  you: "M12 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM5 19.5c.6-3.6 3.4-5.5 7-5.5s6.4 1.9 7 5.5",
  voice: "M5 9.5v5h3l4.5 3.5V6L8 9.5zM15.5 9.5a3.5 3.5 0 0 1 0 5M18 7a7 7 0 0 1 0 10",
  save: "M12 4.5v10M7.5 10.5 12 15l4.5-4.5M5 19.5h14",
  heart: "M12 20s-7.5-4.6-7.5-10A4.3 4.3 0 0 1 12 7.4 4.3 4.3 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z",
  picture: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9.5h.01",
  flag: "M6 20.5V4.5h11.5l-2.5 4 2.5 4H6",
  onward: "M5 12h13M13 7l5 5-5 5",
};

/** @param {IconName} name */
export const icon = (name) => lineIcon(PATHS[name], name === "more" ? "3" : "1.6");

/** @param {string} d @param {string} [width] of its strokes */
export function lineIcon(d, width = "1.6") {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = {
    viewBox: "0 0 24 24",
    class: "icon",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": width,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  Object.entries(attributes).forEach(([key, value]) => svg.setAttribute(key, value));
  svg.append(path(d));
  return svg;
}

/** @param {string} d @param {Record<string, string>} [attributes] */
function path(d, attributes = {}) {
  const node = document.createElementNS(SVG, "path");
  node.setAttribute("d", d);
  Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
  return node;
}

/** The mark: a script page whose lower edge speaks. */
export function logo() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("aria-hidden", "true");
  const ink = { stroke: "var(--paper)", "stroke-linecap": "square" };
  svg.append(
    path("M4 2h24v21H14l-6.5 7v-7H4z", { fill: "currentColor" }),
    path("M9 8h14M9 17h8", { ...ink, "stroke-width": "1.8", opacity: "0.6" }),
    path("M9 12.5h14", { ...ink, "stroke-width": "2.6" }),
  );
  return svg;
}
