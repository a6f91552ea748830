/**
 * A reply being spoken. Turns outlive the view that began them: whoever comes back to the
 * conversation, or changes the language, finds the same turn still running.
 */

import { ApiError, errorFrom, open, setOnline } from "../api.js";
import { readEvents } from "../sse.js";

/** @type {Map<string, Turn>} by conversation */
const running = new Map();

export const runningTurn = (conversationId) => running.get(conversationId) ?? null;

export class Turn extends EventTarget {
  /**
   * @param {string} conversationId
   * @param {{kind: "send"|"regenerate"|"continue", path: string, body: object, targetId?: string, text?: string}} order
   *   text: what the reply starts with, when it is continued
   */
  constructor(conversationId, { kind, path, body, targetId = null, text = "" }) {
    super();
    Object.assign(this, { conversationId, kind, path, body, targetId, text });
    /** @type {"sent"|"reading"|"finding"|"speaking"|"over"} */
    this.phase = "sent";
    this.message = null;
    this.examples = [];
    this.place = 0;
    this.reply = null;
    this.error = null;
    this.stopped = false;
    this.aborter = new AbortController();
  }

  /** Starts it and registers it as the conversation's running turn. */
  static begin(conversationId, order) {
    const turn = new Turn(conversationId, order);
    running.set(conversationId, turn);
    turn.run();
    return turn;
  }

  stop() {
    this.stopped = true;
    this.aborter.abort();
  }

  async run() {
    try {
      await this.stream();
    } catch (error) {
      if (!this.stopped) this.error = this.explainable(error);
    }
    running.delete(this.conversationId);
    this.move("over");
  }

  async stream() {
    const response = await open(this.path, {
      method: "POST", json: this.body, signal: this.aborter.signal, accept: "text/event-stream",
    });
    if (this.kind !== "send") this.move("reading");
    for await (const { event, data } of readEvents(response.body)) {
      this.take(event, data);
      if (event === "done" || event === "error") return;
    }
    throw new ApiError({ status: 0, code: "stream_broken", message: "The reply broke off." });
  }

  take(event, data) {
    if (event === "message") {
      this.message = data;
      this.move("reading");
    } else if (event === "waiting") {
      this.place = data.place;
      this.move("waiting");
    } else if (event === "examples") {
      this.examples = data.items;
      this.move("finding");
    } else if (event === "delta") {
      this.text += data.text;
      this.move("speaking");
    } else if (event === "done") {
      this.reply = data;
    } else if (event === "error") {
      this.error = errorFrom(200, data);
      this.reply = this.error.detail?.reply ?? null;
    }
  }

  explainable(error) {
    if (error instanceof ApiError) return error;
    setOnline(navigator.onLine);
    return new ApiError({ status: 0, code: "stream_broken", message: "The reply broke off." });
  }

  move(phase) {
    this.phase = phase;
    this.dispatchEvent(new Event("change"));
  }
}
