/** The line to a turn: a connection that may break at any time, and is taken up again where it was. */

import { ApiError, isAbort, open } from "../api.js";
import { readEvents } from "../sse.js";
import { soonerOnline } from "../timing.js";

/** @import { ServerEvent } from "../sse.js" */

const SHORTEST_MS = 250;
const LONGEST_MS = 8_000;
/** The server shows every 15 seconds that it is there; a line that is silent for longer is dead. */
const SILENT_MS = 20_000;
const DEAD_MS = 40_000;
const LOOK_MS = 5_000;
/** The turn is over and left nothing, or its conversation is gone: the conversation says what there is. */
const GONE = 404;
/** The service restarts, the proxy misses it, or too many pages listen: worth another try. */
const PASSING = new Set([429, 502, 503, 504]);

export class TurnLine {
  /**
   * @param {string} path the turn's
   * @param {{opened: () => void, lost: () => void, signal: AbortSignal}} options
   *   opened: called whenever a connection is there; lost: whenever it is gone; signal: gives the line up
   */
  constructor(path, { opened, lost, signal }) {
    this.path = path;
    this.opened = opened;
    this.lost = lost;
    this.signal = signal;
    this.lastId = "";
    this.tries = 0;
  }

  /**
   * The turn's events to its end, none of them twice. They end without `done` or `error` where the turn is over
   * and there is nothing to hear of it.
   * @param {{path: string, body: object}|null} order what begins the turn; null: it runs already
   * @returns {AsyncGenerator<ServerEvent>}
   */
  async* events(order) {
    let first = order;
    for (;;) {
      const connection = this.connect();
      try {
        const response = first
          ? await open(first.path, { method: "POST", json: first.body, signal: connection.signal, accept: "text/event-stream" })
          : await this.again(connection.signal);
        if (!response) return;
        first = null;
        this.opened();
        for await (const event of readEvents(response, connection.heard)) {
          this.tries = 0;
          this.lastId = event.id || this.lastId;
          yield event;
          if (event.event === "done" || event.event === "error") return;
        }
      } catch (error) {
        if (this.signal.aborted || first || !mayPass(error)) throw error;
      } finally {
        connection.close();
      }
      this.lost();
      await this.pause();
    }
  }

  /** Takes the turn up where it was; null where it is over. @param {AbortSignal} signal */
  async again(signal) {
    try {
      const headers = this.lastId ? { "Last-Event-ID": this.lastId } : undefined;
      const response = await open(this.path, { signal, headers, accept: "text/event-stream" });
      return response.status === 204 ? null : response;
    } catch (error) {
      if (error instanceof ApiError && error.status === GONE) return null;
      throw error;
    }
  }

  /** Waits before another try, a little longer each time; the network's return ends the wait. */
  async pause() {
    const most = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** this.tries);
    this.tries += 1;
    await soonerOnline(most * (0.75 + Math.random() / 4), this.signal);
  }

  /** Cuts a connection that has died without a word, as they do while a laptop sleeps. */
  connect() {
    this.signal.throwIfAborted();
    const dead = new AbortController();
    const ends = new AbortController();
    let heardAt = Date.now();
    /** @param {number} most */
    const look = (most) => {
      if (Date.now() - heardAt > most) dead.abort();
    };
    const timer = setInterval(() => look(DEAD_MS), LOOK_MS);
    const back = () => document.hidden || look(SILENT_MS);
    this.signal.addEventListener("abort", () => dead.abort(), { signal: ends.signal });
    addEventListener("online", back, { signal: ends.signal });
    document.addEventListener("visibilitychange", back, { signal: ends.signal });
    return {
      signal: dead.signal,
      heard: () => { heardAt = Date.now(); },
      close: () => {
        clearInterval(timer);
        ends.abort();
      },
    };
  }
}

/** Whether another try may find the line whole: it broke, rather than being refused. @param {unknown} error */
function mayPass(error) {
  if (error instanceof ApiError) return error.status === 0 || PASSING.has(error.status);
  return isAbort(error) || error instanceof TypeError;
}
