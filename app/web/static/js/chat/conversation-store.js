/** One conversation's state: loads it, changes it on the server, follows the turn that runs in it. Draws nothing. */

import { get, patch, post, remove } from "../api.js";
import { sleep } from "../timing.js";
import { keepingEarlier, reaching, withEarlier } from "./earlier.js";

/** @import { ConversationOut, MessageOut } from "../types.js" */
/** @import { RunningTurns, Turn, TurnOrder } from "./turn.js" */
/** @import { Speaking } from "./live-speech.js" */

/** Stands for the id of a message the server has not stored yet. */
const UNSENT = "unsent";
const SETTLE_MS = 1_000;

/**
 * The events that the store reports to its view.
 * @typedef {object} ConversationEvents
 * @property {() => void} began a reply begins, here or in another page
 * @property {() => void} moved the running turn entered another phase, or its line broke or is back
 * @property {() => void} progressed the reply being spoken has more text
 * @property {() => void} stopped the turn is over; the conversation is still to be read again
 * @property {(outcome: TurnOutcome) => void} ended the conversation is as the turn left it
 * @property {() => void} changed it was changed without a turn
 * @property {(error: unknown) => void} failed a change was refused
 *
 * @typedef {object} TurnOutcome
 * @property {MessageOut|null} reply the newest message
 * @property {string|null} unsent the text of a message that was not stored
 * @property {unknown} error
 */

export class ConversationStore {
  /**
   * @param {ConversationOut} state
   * @param {{turns: RunningTurns, signal: AbortSignal, events: ConversationEvents}} options
   *   turns: those of this page; signal: aborts when the view is left
   */
  constructor(state, { turns, signal, events }) {
    this.state = state;
    this.turns = turns;
    this.signal = signal;
    this.events = events;
    this.path = `/api/conversations/${state.id}`;
    /** @type {Turn|null} the running turn, begun by this page or another one */
    this.turn = null;
  }

  get isIdle() {
    return !this.turn && !this.state.busy;
  }

  /** The reply being spoken. @returns {Speaking|null} */
  get speaking() {
    return this.turn;
  }

  /** Follows the turn that runs already: one this page listens to, or one that it finds under way. */
  resumeWatching() {
    const turn = this.turns.of(this.state.id);
    if (turn) this.follow(turn);
    else if (this.state.busy) this.follow(this.turns.begin(this.state.id, this.underWay()));
  }

  /** The turn that runs, with its reply as far as it is stored. @returns {TurnOrder} */
  underWay() {
    const { messages, writing } = this.state;
    return { kind: "attach", text: messages.find(({ id }) => id === writing)?.content };
  }

  // Turns

  /** @param {string} text */
  send(text) {
    this.begin({ kind: "send", path: `${this.path}/messages`, body: { content: text, stream: true } });
  }

  /** @param {MessageOut} message @param {string} [speaker] on a stage, who answers; by default as before */
  regenerate(message, speaker) {
    this.begin({ kind: "regenerate", path: `${this.path}/messages/${message.id}/regenerate`, body: { speaker, stream: true }, targetId: message.id });
  }

  /** @param {MessageOut} message */
  resume(message) {
    this.begin({
      kind: "continue", path: `${this.path}/messages/${message.id}/continue`, body: { stream: true },
      targetId: message.id, text: message.content,
    });
  }

  stop() {
    this.turn?.stop();
  }

  /** @param {TurnOrder} order */
  begin(order) {
    if (this.isIdle) this.follow(this.turns.begin(this.state.id, order));
  }

  /** @param {Turn} turn */
  follow(turn) {
    this.turn = turn;
    let phase = "";
    turn.addEventListener("change", () => {
      if (turn.phase === "over") {
        this.finish(turn);
        return;
      }
      const now = [turn.phase, turn.lost, turn.stopped].join();
      if (phase !== now) {
        phase = now;
        this.events.moved();
      }
      this.events.progressed();
    }, { signal: this.signal });
    this.events.began();
  }

  /** @param {Turn} turn */
  async finish(turn) {
    this.events.stopped();
    const before = new Set(this.state.messages.map((message) => message.id));
    const fresh = await this.after(turn);
    if (this.signal.aborted) return;
    this.state = fresh ? keepingEarlier(this.state, fresh) : this.asFarAsKnown(turn);
    this.turn = null;
    this.events.ended({
      reply: turn.reply ?? this.state.messages.at(-1) ?? null,
      unsent: turn.kind === "send" && !this.isStored(turn, before) ? turn.content : null,
      error: turn.error,
    });
    this.resumeWatching();
  }

  /** The conversation after a turn; null when the server does not answer. @param {Turn} turn @returns {Promise<ConversationOut|null>} */
  async after(turn) {
    const read = () => get(this.path, this.signal).catch(() => null);
    /** @type {ConversationOut|null} */
    const fresh = await read();
    if (!fresh?.busy || turn.reply) return fresh;
    // It was given up before its first event, or is stopped at this moment.
    if (turn.stopped) await remove(turn.path).catch(() => {});
    await sleep(SETTLE_MS, this.signal).catch(() => {});
    return read();
  }

  /** The state as the turn's events describe it, for when the server does not answer. @param {Turn} turn */
  asFarAsKnown(turn) {
    const shown = this.visible().filter(({ id }) => id !== UNSENT);
    const changed = turn.message || turn.reply;
    return changed ? { ...this.state, messages: turn.reply ? [...shown, turn.reply] : shown } : this.state;
  }

  /** @param {Turn} turn @param {Set<string>} before ids of the messages before the turn */
  isStored(turn, before) {
    return turn.message !== null
      || this.state.messages.some(({ id, role, content }) => role === "user" && content === turn.content && !before.has(id));
  }

  // Changes without a turn

  /** Adds a page of earlier messages; returns how many, null when the conversation changed meanwhile. */
  async loadEarlier() {
    const { messages, earlier } = await withEarlier(this.path, this.state, this.signal);
    const added = messages.length - this.state.messages.length;
    if (this.signal.aborted || !this.state.messages.every(({ id }, place) => messages[added + place]?.id === id)) return null;
    this.state = { ...this.state, messages, earlier };
    return added;
  }

  /**
   * @param {() => Promise<ConversationOut>} work answers with the changed conversation, its newest messages
   * @param {string|null} [id] a message to show in any case
   */
  async change(work, id = null) {
    if (this.turn) return false;
    try {
      this.state = await reaching(this.path, await work(), id, this.signal);
      this.events.changed();
      return true;
    } catch (error) {
      this.events.failed(error);
      return false;
    }
  }

  /** Sets another point in time, which does not change a reply being spoken. @param {number|null} until */
  async moveTo(until) {
    /** @type {ConversationOut} */
    const { until_scene: now } = await patch(this.path, { until_scene: until });
    this.state = { ...this.state, until_scene: now };
    return now;
  }

  /** @param {ConversationOut} fresh */
  takeMemory({ remembers_others, summarize, summary }) {
    this.state = { ...this.state, remembers_others, summarize, summary };
  }

  /** @param {ConversationOut} fresh */
  takePersona({ user_name, user_description }) {
    this.state = { ...this.state, user_name, user_description };
    this.events.changed();
  }

  /** Returns to the moment of the scene nearest to what was said since it strayed. */
  backToScript() {
    return this.change(() => post(`${this.path}/back-to-script`));
  }

  /** @param {string} id */
  activate(id) {
    return this.change(() => post(`${this.path}/messages/${id}/activate`), id);
  }

  /** Stores an edited message; a user's message is answered anew. @param {MessageOut} message @param {string} content */
  async save(message, content) {
    const isUser = message.role === "user";
    const saved = await this.change(() => patch(`${this.path}/messages/${message.id}`, { content }), isUser ? null : message.id);
    const edited = this.state.messages.at(-1);
    if (saved && isUser && edited) this.regenerate(edited);
  }

  /** Deletes a message and its successors; the nearest alternative or parent takes its place. @param {MessageOut} message */
  discard(message) {
    const nearest = message.alternatives.findLast((id) => id !== message.id) ?? message.parent_id;
    return this.change(() => remove(`${this.path}/messages/${message.id}`), nearest);
  }

  // Reading

  /** How many messages follow this one. @param {MessageOut} message */
  countAfter(message) {
    return this.state.messages.length - this.state.messages.findIndex(({ id }) => id === message.id) - 1;
  }

  /** What is on its way, as it will be stored. @param {string} content @returns {MessageOut} */
  unsent(content) {
    return {
      id: UNSENT, parent_id: null, role: "user", content, stage: null, state: "complete", hidden: false, finish_reason: null, moderation: null, error: null,
      alternatives: [], examples: [], prompt: null, retrieval: null, model: null, usage: null, timings: null, sampling: null,
      created_at: "", edited_at: null, rating: null,
    };
  }

  /** The branch as the running turn will leave it, without the reply being spoken. @returns {MessageOut[]} */
  visible() {
    const messages = this.state.messages.filter(({ id }) => id !== this.state.writing);
    if (!this.turn) return messages;
    const { kind, targetId, message, content, begun } = this.turn;
    if (kind === "attach") return answered(messages, begun);
    if (kind === "send") return [...messages.filter(({ id }) => id !== message?.id), message ?? this.unsent(content)];
    const target = messages.findIndex(({ id }) => id === targetId);
    if (target < 0) return messages; // the turn's stored reply is in its place already
    const keepsTarget = kind === "regenerate" && messages[target].role !== "assistant";
    return messages.slice(0, keepsTarget ? target + 1 : target);
  }
}

/**
 * The messages up to the one that a turn answers.
 * @param {MessageOut[]} messages
 * @param {{parent_id: string, reply_id: string}|null} begun null where it is not known yet
 */
function answered(messages, begun) {
  const place = messages.findIndex(({ id }) => id === begun?.parent_id);
  return place < 0 ? messages.filter(({ id }) => id !== begun?.reply_id) : messages.slice(0, place + 1);
}
