/** A conversation in the page: draws its store, and passes a person's actions on to it. */

import { get } from "../api.js";
import { focusOn, h, reconcile } from "../dom.js";
import { languageOf, unmarked } from "../format.js";
import { t } from "../i18n.js";
import { hued } from "../monogram.js";
import { sceneMeter } from "../scene/meter.js";
import { pointText } from "../scene-label.js";
import { actsOf, introduce, printAll, promptAct } from "./acts.js";
import { complaints } from "./complaints.js";
import { composer } from "./composer.js";
import { ConversationStore } from "./conversation-store.js";
import { withDays } from "./days.js";
import { earlierButton } from "./earlier.js";
import { examplesPanel } from "./examples-panel.js";
import { Foothold } from "./foothold.js";
import { listenForKeys } from "./keys.js";
import { liveSpeech, lostText, waitingText } from "./live-speech.js";
import { messageNode } from "./message.js";
import { openers } from "./openers.js";
import { pointBar } from "./point-bar.js";
import { ReadAloud } from "./read-aloud.js";
import { readingLine } from "./reading-line.js";
import { openSearch } from "./search-dialog.js";
import { Scroller } from "./scroller.js";
import { nameOf, whispered } from "./speakers.js";
import { stageHead } from "./stage-head.js";
import { wings } from "./wings.js";

/** @import { CharacterOut, ConversationOut, MessageOut, ServiceStatus } from "../types.js" */
/** @import { TurnOutcome } from "./conversation-store.js" */
/** @import { Choice } from "./stage-menu.js" */
/** @import { RunningTurns } from "./turn.js" */
/** @import { View } from "../router.js" */

/** A stage draws some parts otherwise: the methods from `storeOf` on are there for `StageView`. */
export class ChatView {
  /**
   * @param {ConversationOut} state
   * @param {{service: ServiceStatus, turns: RunningTurns, signal: AbortSignal}} options
   * @param {string} [name] whom a person talks to
   */
  constructor(state, { service, turns, signal }, name = state.character.name) {
    this.signal = signal;
    this.name = name;
    this.character = state.character;
    this.store = this.storeOf(state, { turns, signal, events: {
      began: () => this.begin(),
      moved: () => this.drawPhase(),
      progressed: () => { this.frame ||= requestAnimationFrame(() => this.drawLive()); },
      stopped: () => this.cancelFrame(),
      ended: (outcome) => this.end(outcome),
      changed: () => {
        this.composer.complain();
        this.draw();
      },
      failed: (error) => this.complain(error),
    } });
    /** @type {Promise<CharacterOut|null>} */
    this.full = get(`/api/characters/${encodeURIComponent(this.character.slug)}`, signal).catch(() => null);
    this.frame = 0;
    /** @type {MessageOut|undefined} the newest message when the running turn began */
    this.newestBefore = undefined;
    this.live = liveSpeech(this.speakerToBe());
    this.composer = this.composerOf({
      conversationId: state.id,
      name,
      limit: service.message_characters,
      lang: languageOf("", this.character.language),
      onSend: (text) => this.store.send(text),
      onStop: () => this.store.stop(),
    });
    this.complain = complaints(this.composer, signal);
    this.meter = state.scene && sceneMeter(state, { onBack: () => this.backToScript() });
    this.panel = examplesPanel((message) => this.ownNames(message), promptAct(this, service));
    this.earlier = earlierButton(() => this.loadEarlier());
    this.list = h("ol", { class: "speeches", "aria-label": t("chat.log", { name }) });
    this.foothold = new Foothold(this.list);
    this.announcer = h("p", { class: "visually-hidden", role: "status" });
    this.title = h("span", { class: "stage-title" });
    this.wings = this.wingsOf({ state: () => this.store.state, search: openSearch, failed: (error) => this.complain(error), signal });
    this.pointBar = pointBar({ character: this.full, until: () => this.store.state.until_scene, change: (until) => this.moveTo(until), signal });
    this.reading = readingLine(this.full, state, signal);
    this.openers = openers({
      path: this.store.path, language: this.character.language, isLearning: this.character.status === "indexing", signal,
      choose: (text) => {
        this.composer.setText(text);
        this.composer.focus();
      },
    });
    this.scroller = new Scroller([this.earlier.node, this.list, this.openers.node], () => this.earlier.more());
    this.aloud = new ReadAloud(signal);
    this.acts = actsOf(this, service);
  }

  /** @returns {View} */
  view() {
    const { store, name } = this;
    const node = h("section", { class: "stage", ...hued(this.character.name) },
      h("a", { class: "skip-link", href: "#message", on: { click: (event) => {
        event.preventDefault();
        this.composer.focus();
      } } }, t("chat.skip")),
      this.wings.node,
      this.head(),
      this.bar(),
      this.reading,
      h("div", { class: "stage-floor" }, this.scroller.node, this.panel.node),
      this.announcer, this.meter ? h("div", { class: "stage-foot" }, this.meter.node, this.composer.node) : this.composer.node);
    listenForKeys({ stop: () => store.stop(), search: openSearch, write: () => this.composer.focus(), signal: this.signal });
    store.resumeWatching();
    this.draw();
    this.wings.refresh();
    return { title: name, node, shown: () => this.shown() };
  }

  shown() {
    document.documentElement.classList.add("is-staged");
    this.signal.addEventListener("abort", () => document.documentElement.classList.remove("is-staged"), { once: true });
    this.composer.fit();
    this.scroller.toEnd();
    if (matchMedia("(hover: hover)").matches) setTimeout(() => this.composer.focus());
  }

  /** The names whose lines are the part of the character that says a message. @param {MessageOut} message */
  async ownNames({ stage }) {
    const full = await this.full;
    return new Set([stage?.speaker?.name ?? this.character.name, ...(full?.aliases ?? []), ...(full?.speakers ?? [])]);
  }

  // Parts

  /** @param {ConversationOut} state @param {ConstructorParameters<typeof ConversationStore>[1]} options */
  storeOf(state, options) {
    return new ConversationStore(state, options);
  }

  /** @param {Parameters<typeof composer>[0]} options */
  composerOf(options) {
    return composer(options);
  }

  /** @param {Parameters<typeof wings>[0]} options */
  wingsOf(options) {
    return wings(options);
  }

  /** @returns {HTMLElement} */
  head() {
    return stageHead(this.store, this.headActs([{ image: "add", label: t("menu.enter"), run: () => this.bringOn() }]));
  }

  /** @param {Choice[]} first the first choices of the menu */
  headActs(first) {
    return {
      full: this.full, title: this.title, toggle: this.wings.toggle, signal: this.signal, first,
      moveTo: (/** @type {number|null} */ until) => this.moveTo(until),
      introduce: () => introduce(this),
      print: () => printAll(this),
      failed: (/** @type {unknown} */ error) => this.complain(error),
    };
  }

  /** Below the head. @returns {HTMLElement} */
  bar() {
    return this.pointBar.node;
  }

  /** Who speaks in the running turn, before it says so. @returns {{name: string, language: string}} */
  speakerToBe() {
    return this.character;
  }

  /** @param {MessageOut} message @param {boolean} isLast @returns {HTMLElement} */
  speechOf(message, isLast) {
    const { state } = this.store;
    const { name, language } = this.character;
    return messageNode(message, { name: nameOf(message, state), whispered: whispered(message, state), character: name, language, isLast, acts: this.acts });
  }

  /** Lets another character enter: the conversation becomes a stage. */
  async bringOn() {
    try {
      const { openEntrance } = await import("../stage/entrance.js");
      await openEntrance({ store: this.store, signal: this.signal });
    } catch (error) {
      this.complain(error);
    }
  }

  // Turns

  begin() {
    this.newestBefore = this.store.state.messages.at(-1);
    this.live = liveSpeech(this.speakerToBe());
    this.composer.complain();
    this.composer.setBusy(true);
    this.drawLive();
    this.draw();
    this.scroller.toEnd();
  }

  drawPhase() {
    const { speaking } = this.store;
    const waits = speaking?.phase === "reading" || speaking?.phase === "waiting";
    if (speaking?.lost) this.announcer.textContent = lostText(speaking);
    else this.announcer.textContent = waits ? waitingText(speaking, speaking.speaker?.name ?? this.speakerToBe().name) : "";
    this.draw();
  }

  drawLive() {
    this.frame = 0;
    if (this.store.speaking) this.live.update(this.store.speaking);
    this.scroller.keepEnd();
  }

  cancelFrame() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  /** @param {TurnOutcome} outcome */
  end({ reply, unsent, error }) {
    this.cancelFrame();
    this.composer.setBusy(false);
    this.draw();
    this.wings.refresh();
    const before = this.newestBefore;
    const isNew = reply?.role === "assistant" && (reply.id !== before?.id || reply.content !== before.content);
    this.announcer.textContent = isNew ? `${nameOf(reply, this.store.state)}: ${reply.content}` : "";
    if (unsent !== null && this.composer.isEmpty()) this.composer.setText(unsent);
    if (error) this.complain(error);
  }

  // Changes without a turn

  async loadEarlier() {
    try {
      const added = await this.store.loadEarlier();
      if (added === null) return;
      const focused = document.activeElement === this.earlier.node;
      this.scroller.keepPlace(() => this.draw());
      this.announcer.textContent = t("chat.earlier_loaded", { n: added });
      if (focused && this.earlier.node.hidden) this.foothold.toFirst();
    } catch (error) {
      if (!this.signal.aborted) this.complain(error);
    }
  }

  /** @param {number|null} until */
  async moveTo(until) {
    try {
      const point = pointText(await this.store.moveTo(until));
      this.pointBar.draw();
      this.openers.reload();
      this.announcer.textContent = t("moment.moved", { name: this.character.name, point });
    } catch (error) {
      this.complain(error);
    }
  }

  /** The button is gone once the scene is back; the next line is the user's. */
  async backToScript() {
    if (await this.store.backToScript()) this.composer.focus();
  }

  /** @param {string} id @param {string} act the arrow that was pressed */
  async activate(id, act) {
    await this.store.activate(id);
    const shown = this.list.querySelector(`[data-key="${id}"]`);
    focusOn(shown?.querySelector(`[data-act=${act}]:not(:disabled)`) ?? shown?.querySelector(".alternatives button:not(:disabled)"));
  }

  // Drawing

  draw() {
    const { state, isIdle } = this.store;
    // Until it has a title, the line has something else to say: nothing moves when the title comes.
    const title = unmarked(state.title) || this.character.tagline;
    this.title.textContent = title;
    this.title.lang = languageOf(title, this.character.language);
    this.earlier.show(state.earlier);
    const messages = this.store.visible();
    const items = withDays(messages, messages.map((message, place) => {
      const isLast = isIdle && place === messages.length - 1;
      return {
        key: message.id,
        signature: JSON.stringify([message, isLast, nameOf(message, state), whispered(message, state)]),
        render: () => this.speechOf(message, isLast),
      };
    }));
    if (!isIdle) items.push({ key: "live", signature: this.live.serial, render: () => this.live.node });
    this.list.classList.toggle("is-busy", !isIdle);
    this.foothold.keep(() => reconcile(this.list, items));
    this.meter?.update(state);
    this.openers.show(isIdle && !state.earlier && !state.is_stage && messages.every(({ role }) => role !== "user"));
    this.scroller.keepEnd();
  }
}
