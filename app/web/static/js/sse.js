/** Server-sent events from a fetch body, as the HTML standard describes their format. */

/** @import { MessageOut, PromptSource, StageSpeaker } from "./types.js" */

/**
 * The events of a turn, and of a draft; `id` is empty where an event has none.
 * @typedef {({event: "message", data: MessageOut}
 *   | {event: "turn", data: {reply_id: string, parent_id: string, text: string}}
 *   | {event: "waiting", data: {place: number}}
 *   | {event: "speaker", data: StageSpeaker}
 *   | {event: "examples", data: {items: PromptSource[]}}
 *   | {event: "delta", data: {text: string}}
 *   | {event: "done", data: MessageOut & {profile?: string, scenes?: number, text?: string}}
 *   | {event: "error", data: import("./api.js").ErrorBody}) & {id: string}} ServerEvent
 */

/**
 * Reads the events of an answer: records end with an empty line, `data` lines are joined with line
 * feeds, comments start with a colon.
 * @param {Response} response
 * @param {() => void} [heard] called whenever anything arrives, comments included
 * @returns {AsyncGenerator<ServerEvent>}
 */
export async function* readEvents({ body }, heard = () => {}) {
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard();
      buffer += value;
      const records = buffer.split(/\r?\n\r?\n/);
      buffer = records.pop() ?? "";
      for (const record of records) {
        const event = parseRecord(record);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** @param {string} record @returns {ServerEvent|null} */
function parseRecord(record) {
  let event = "message";
  let id = "";
  /** @type {string[]} */
  const data = [];
  for (const line of record.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon === 0 || line === "") continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    if (field === "id") id = value;
    if (field === "data") data.push(value);
  }
  return data.length ? /** @type {ServerEvent} */ ({ event, id, data: JSON.parse(data.join("\n")) }) : null;
}
