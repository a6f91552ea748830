/** The state of a stage: a conversation whose scene can go on by itself, line after line. */

import { patch, post, put } from "../api.js";
import { ConversationStore } from "../chat/conversation-store.js";
import { hueOf } from "../monogram.js";
import { Cue } from "./cue.js";
import { castHues, idOf } from "./names.js";

/** @import { ConversationOut, MessageOut, ParticipantOut } from "../types.js" */
/** @import { Turn } from "../chat/turn.js" */

const WHISPER = /^[/／](?:whisper|w)(?=\s)/i;
const DIRECTION = /^[/／](?:direct|d)\s+/i;

export class StageStore extends ConversationStore {
  /** @param {ConversationOut} state @param {ConstructorParameters<typeof ConversationStore>[1]} options */
  constructor(state, options) {
    super(state, options);
    this.cue = new Cue();
    /** How many lines follow the running one. */
    this.ahead = 0;
  }

  /** Props that colour an element by one of the cast. @param {string} name */
  hued(name) {
    const hue = castHues(this.state.participants.map((each) => each.name)).get(name) ?? hueOf(name);
    return { data: { hue: "cast" }, vars: { "--hue": hue.toFixed(0) } };
  }

  /** Those on stage. @returns {ParticipantOut[]} */
  get present() {
    return this.state.participants.filter((each) => each.on_stage);
  }

  /** Those on stage who can be asked to speak: in a scene of a script, some know their lines alone. @returns {ParticipantOut[]} */
  get able() {
    return this.present.filter(({ slug }) => slug !== null);
  }

  /** Whether the scene can go on: someone speaks, or the script does. */
  get canGoOn() {
    const { scene } = this.state;
    return this.able.length > 0 || (scene !== null && scene.on_script && !scene.ended);
  }

  /** @param {string|null} id @returns {ParticipantOut|null} */
  member(id) {
    return this.state.participants.find((each) => each.id === id) ?? null;
  }

  /** @param {string} text @override */
  send(text) {
    const { next, whisper, isDirection } = this.cue;
    const isCommand = /^[/／]/.test(text);
    const isWhole = isCommand || !isDirection || this.state.user_role === "director";
    this.ahead = 0;
    this.begin({
      kind: "send", path: `${this.path}/messages`,
      body: {
        content: isWhole ? text : `/direct ${text}`,
        speaker: this.asks(text) ? undefined : next ?? undefined,
        whisper_to: whisper.length > 0 && !WHISPER.test(text) ? whisper : undefined,
        stream: true,
      },
    });
    this.cue.set({ next: null });
  }

  /** Whether a text asks one of the cast by `@Name`. @param {string} text */
  asks(text) {
    const names = this.state.participants.flatMap(({ name }) => [name, name.split(/\s+/)[0]]);
    return names.some((name) => text.includes(`@${name}`));
  }

  /** Lets the scene go on for some lines; the first by the one who is to speak next, if any is chosen. @param {number} lines */
  goOn(lines) {
    if (!this.isIdle) return;
    this.ahead = lines - 1;
    const speaker = this.cue.next ?? undefined;
    this.cue.set({ next: null });
    this.begin({ kind: "go-on", path: `${this.path}/go-on`, body: { turns: 1, speaker, stream: true } });
  }

  /** @override */
  stop() {
    this.ahead = 0;
    super.stop();
  }

  /** @param {Turn} turn @override */
  async finish(turn) {
    const ended = this.state.scene?.ended;
    await super.finish(turn);
    if (this.state.scene?.ended !== ended) this.ahead = 0; // what runs ahead ends with the script
    const isWhole = !turn.error && !turn.stopped && turn.reply !== null && turn.reply.finish_reason !== "cancelled";
    if (this.signal.aborted || turn.kind !== "go-on" || !isWhole) this.ahead = 0;
    else if (this.ahead > 0 && this.isIdle) this.goOn(this.ahead);
  }

  /** What is on its way, as the stage will have it. @param {string} content @returns {MessageOut} @override */
  unsent(content) {
    const body = /** @type {{whisper_to?: string[]}|undefined} */ (this.turn?.order?.body);
    const isDirection = this.state.user_role === "director" || DIRECTION.test(content);
    return {
      ...super.unsent(content.replace(DIRECTION, "")), role: isDirection ? "direction" : "user",
      stage: { kind: isDirection ? "direction" : "line", speaker: null, circle: body?.whisper_to ?? null, about: null, reason: null },
    };
  }

  /** @param {string} character its slug @param {string} direction "" for the usual one */
  enter(character, direction) {
    return this.change(() => post(`${this.path}/participants`, { character, direction: direction || null }));
  }

  /** @param {ParticipantOut} member @param {string} direction "" for the usual one */
  leave(member, direction) {
    return this.change(() => post(`${this.path}/participants/${idOf(member)}/leave`, { direction: direction || null }));
  }

  /** @param {ParticipantOut} member @param {string} note */
  note(member, note) {
    return this.change(() => put(`${this.path}/participants/${idOf(member)}/note`, { note }));
  }

  /** @param {MessageOut} message @param {string[]} to participants who learn of it */
  tell(message, to) {
    return this.change(() => post(`${this.path}/messages/${message.id}/tell`, { to }));
  }

  /** @param {ConversationOut["user_role"]} role */
  play(role) {
    return this.change(() => patch(this.path, { role }));
  }
}
