/**
 * A reply being spoken. Turns outlive the view that began them: a person who comes back to the
 * conversation, or changes the language, finds the same turn still running. They outlive the page as
 * well: a page that finds one under way listens on.
 */

import { ApiError, errorFrom, isAbort, remove } from "../api.js";
import { TurnLine } from "./turn-line.js";

/** @import { MessageOut, PromptSource, StageSpeaker } from "../types.js" */
/** @import { ServerEvent } from "../sse.js" */

/**
 * @typedef {object} TurnOrder
 * @property {"send"|"regenerate"|"continue"|"go-on"|"attach"} kind go-on: a stage goes on without the user; attach: it runs already, begun by any page
 * @property {string} [path] where it is begun
 * @property {{content?: string, speaker?: string, whisper_to?: string[], turns?: number, stream: true}} [body]
 * @property {string} [targetId] the message that is answered anew or continued
 * @property {string} [text] what is known of the reply; what it starts with, when it is continued
 */

/** The turns that this page listens to, by conversation. */
export class RunningTurns {
  constructor() {
    /** @type {Map<string, Turn>} */
    this.running = new Map();
  }

  /** @param {string} conversationId */
  of(conversationId) {
    return this.running.get(conversationId) ?? null;
  }

  /** Starts a turn, or listens to one; it is the conversation's until it is over. @param {string} conversationId @param {TurnOrder} order */
  begin(conversationId, order) {
    const turn = new Turn(`/api/conversations/${conversationId}/turn`, order);
    this.running.set(conversationId, turn);
    turn.run(() => this.running.delete(conversationId));
    return turn;
  }
}

/** What is under way before the first event: a line of the user's, or a reply without one. @param {TurnOrder["kind"]} kind @param {string} text */
function firstPhase(kind, text) {
  if (kind === "attach") return text ? "speaking" : "elsewhere";
  return kind === "send" ? "sent" : "cued";
}

export class Turn extends EventTarget {
  /** @param {string} path the conversation's turn @param {TurnOrder} order */
  constructor(path, { kind, path: where, body, targetId, text = "" }) {
    super();
    this.kind = kind;
    this.path = path;
    this.order = where && body ? { path: where, body } : null;
    this.content = body?.content ?? "";
    this.targetId = targetId ?? null;
    /** What the reply starts with, and what has come of it; `text` never gets shorter. */
    this.continued = kind === "continue" ? text : "";
    this.spoken = "";
    this.text = text;
    /** @type {"sent"|"cued"|"reading"|"waiting"|"finding"|"speaking"|"elsewhere"|"over"} */
    this.phase = firstPhase(kind, text);
    /** @type {MessageOut|null} the user's message, once it is stored */
    this.message = null;
    /** @type {{reply_id: string, parent_id: string}|null} which reply it is, where another page began it */
    this.begun = null;
    /** @type {PromptSource[]} */
    this.examples = [];
    /** @type {StageSpeaker|null} on a stage, who speaks */
    this.speaker = null;
    this.place = 0;
    /** @type {MessageOut|null} */
    this.reply = null;
    /** @type {ApiError|null} */
    this.error = null;
    this.stopped = false;
    /** Whether the server has taken the turn on. */
    this.opened = kind === "attach";
    /** Whether the line is broken; the reply goes on without it. */
    this.lost = false;
    this.aborter = new AbortController();
  }

  /** Stops the reply, whichever page began it; what was said is kept. */
  stop() {
    this.stopped = true;
    if (this.opened) this.sendStop();
    else this.aborter.abort();
    if (this.lost) this.move(this.phase);
  }

  /** Asks the server to stop; a request that is lost is sent again with the next connection. */
  sendStop() {
    remove(this.path).catch(() => {});
  }

  /** @param {() => void} over called just before the last `change` event */
  async run(over) {
    try {
      await this.listen();
    } catch (error) {
      this.error = this.explainable(error);
    }
    if (this.stopped && (!this.error || this.error.code === "cancelled" || this.aborter.signal.aborted)) this.error = null;
    over();
    this.move("over");
  }

  async listen() {
    const line = new TurnLine(this.path, {
      signal: this.aborter.signal,
      opened: () => this.connected(),
      lost: () => this.setLost(true),
    });
    for await (const event of line.events(this.order)) this.take(event);
  }

  connected() {
    const first = !this.opened;
    this.opened = true;
    this.setLost(false);
    if (this.stopped) this.sendStop();
    if (first && this.kind !== "send") this.move("reading");
  }

  /** @param {boolean} lost */
  setLost(lost) {
    if (this.lost === lost) return;
    this.lost = lost;
    this.move(this.phase);
  }

  /** @param {ServerEvent} event */
  take({ event, data }) {
    if (event === "turn") {
      this.begun = data;
      this.continued = data.text;
      this.spoken = "";
      this.move(this.phase);
    } else if (event === "message") {
      this.message = data;
      this.move("reading");
    } else if (event === "speaker") {
      this.speaker = data;
      this.move(this.phase);
    } else if (event === "waiting") {
      this.place = data.place;
      this.move("waiting");
    } else if (event === "examples") {
      this.examples = data.items;
      this.move(this.spoken ? "speaking" : "finding");
    } else if (event === "delta") {
      this.spoken += data.text;
      const text = this.continued + this.spoken;
      if (text.length >= this.text.length) this.text = text;
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
    if (!isAbort(error)) console.error(error);
    return new ApiError({ status: 0, code: "stream_broken", message: "The reply broke off." });
  }

  /** @param {Turn["phase"]} phase */
  move(phase) {
    this.phase = phase;
    this.dispatchEvent(new Event("change"));
  }
}
