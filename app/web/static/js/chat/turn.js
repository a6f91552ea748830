/**
 * A reply being spoken. Turns outlive the view that began them: a person who comes back to the
 * conversation, or changes the language, finds the same turn still running.
 */

import { ApiError, errorFrom, open, setOnline } from "../api.js";
import { readEvents } from "../sse.js";

/** @import { MessageOut, PromptSource } from "../types.js" */

/**
 * @typedef {object} TurnOrder
 * @property {"send"|"regenerate"|"continue"} kind
 * @property {string} path
 * @property {{content?: string, stream: true}} body
 * @property {string} [targetId] the message that is answered anew or continued
 * @property {string} [text] what the reply starts with, when it is continued
 */

/** The turns that this page began, by conversation. */
export class RunningTurns {
  constructor() {
    /** @type {Map<string, Turn>} */
    this.running = new Map();
  }

  /** @param {string} conversationId */
  of(conversationId) {
    return this.running.get(conversationId) ?? null;
  }

  /** Starts a turn; it is the conversation's running turn until it is over. @param {string} conversationId @param {TurnOrder} order */
  begin(conversationId, order) {
    const turn = new Turn(order);
    this.running.set(conversationId, turn);
    turn.run(() => this.running.delete(conversationId));
    return turn;
  }
}

export class Turn extends EventTarget {
  /** @param {TurnOrder} order */
  constructor({ kind, path, body, targetId, text = "" }) {
    super();
    this.kind = kind;
    this.path = path;
    this.body = body;
    this.targetId = targetId ?? null;
    this.text = text;
    /** @type {"sent"|"reading"|"waiting"|"finding"|"speaking"|"over"} */
    this.phase = "sent";
    /** @type {MessageOut|null} the user's message, once it is stored */
    this.message = null;
    /** @type {PromptSource[]} */
    this.examples = [];
    this.place = 0;
    /** @type {MessageOut|null} */
    this.reply = null;
    /** @type {ApiError|null} */
    this.error = null;
    this.stopped = false;
    this.aborter = new AbortController();
  }

  stop() {
    this.stopped = true;
    this.aborter.abort();
  }

  /** @param {() => void} over called just before the last `change` event */
  async run(over) {
    try {
      await this.stream();
    } catch (error) {
      if (!this.stopped) this.error = this.explainable(error);
    }
    over();
    this.move("over");
  }

  async stream() {
    const response = await open(this.path, {
      method: "POST", json: this.body, signal: this.aborter.signal, accept: "text/event-stream",
    });
    if (this.kind !== "send") this.move("reading");
    for await (const event of readEvents(response)) {
      this.take(event);
      if (event.event === "done" || event.event === "error") return;
    }
    throw new ApiError({ status: 0, code: "stream_broken", message: "The reply broke off." });
  }

  /** @param {import("../sse.js").ServerEvent} event */
  take({ event, data }) {
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

  /** @param {unknown} error */
  explainable(error) {
    if (error instanceof ApiError) return error;
    setOnline(navigator.onLine);
    return new ApiError({ status: 0, code: "stream_broken", message: "The reply broke off." });
  }

  /** @param {Turn["phase"]} phase */
  move(phase) {
    this.phase = phase;
    this.dispatchEvent(new Event("change"));
  }
}
