/** Scenes of a stored script as rows, like those of a script that was only read. */

/** @import { PrintedPageOut, PrintedRowOut, RejectionOut, SceneOut, PageOf } from "../types.js" */

const EMPTY = { speaker: "", direction: null, code: "", reason: "" };

/**
 * @param {PageOf<SceneOut>} page
 * @param {RejectionOut[]} rejected of the whole script, as far as the report lists them
 * @param {string|null} heading the last heading of the page before
 * @returns {PrintedPageOut}
 */
export function printedScenes(page, rejected, heading) {
  /** @type {PrintedRowOut[]} */
  const items = [];
  let last = heading;
  for (const scene of page.items) {
    const { part, row } = scene;
    const title = scene.heading ?? scene.episode;
    if (title && title !== last) items.push({ ...EMPTY, kind: "heading", row, part, text: title });
    last = title;
    scene.lines.forEach((line, place) => {
      for (const each of scene.directions.filter(({ at }) => at === place)) {
        items.push({ ...EMPTY, kind: "direction", row: line.row, part, text: each.text });
      }
      items.push({ ...EMPTY, kind: "line", row: line.row, part, text: line.text, speaker: line.speaker, direction: line.direction });
    });
  }
  return { items: withDoubts(items, rejected, page.next_cursor === null), next_cursor: page.next_cursor };
}

/**
 * Puts each doubtful row before the first row that follows it in its part.
 * @param {PrintedRowOut[]} items
 * @param {RejectionOut[]} rejected
 * @param {boolean} isLast whether what follows the last row belongs here as well
 */
function withDoubts(items, rejected, isLast) {
  const bounds = new Map(items.map((item) => [item.part, [Infinity, 0]]));
  for (const { part, row } of items) {
    const [low, high] = bounds.get(part) ?? [Infinity, 0];
    bounds.set(part, [Math.min(low, row), Math.max(high, row)]);
  }
  // What a direction of a scene shows already is no doubt to be shown again.
  const shown = new Set(items.map(({ text }) => text));
  for (const { row, part, text, code, reason } of rejected) {
    const [low, high] = bounds.get(part) ?? [Infinity, 0];
    if (row < low || (row > high && !isLast)) continue;
    const place = items.findIndex((item) => item.part === part && item.row > row);
    const doubt = { ...EMPTY, kind: /** @type {const} */ ("rejected"), row, part, text, code, reason };
    const twin = shown.has(text) ? items.findIndex((item) => item.kind === "direction" && item.text === text) : -1;
    if (twin >= 0) items.splice(twin, 1, doubt);
    else items.splice(place < 0 ? items.length : place, 0, doubt);
  }
  return items;
}
