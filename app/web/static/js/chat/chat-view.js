/** A conversation in the page: draws its store, and passes a person's actions on to it. */

import { get } from "../api.js";
import { confirm } from "../dialogs.js";
import { focusOn, h, reconcile } from "../dom.js";
import { languageOf, unmarked } from "../format.js";
import { t } from "../i18n.js";
import { hued } from "../monogram.js";
import { openReport } from "../report-dialog.js";
import { pointText } from "../scene-label.js";
import { complaints } from "./complaints.js";
import { composer } from "./composer.js";
import { copyText } from "./copy-text.js";
import { ConversationStore } from "./conversation-store.js";
import { withDays } from "./days.js";
import { earlierButton } from "./earlier.js";
import { echoOf } from "./echo.js";
import { examplesPanel } from "./examples-panel.js";
import { listenForKeys } from "./keys.js";
import { liveSpeech, lostText, waitingText } from "./live-speech.js";
import { messageNode } from "./message.js";
import { openers } from "./openers.js";
import { askPersona } from "./persona-dialog.js";
import { pointBar } from "./point-bar.js";
import { ReadAloud } from "./read-aloud.js";
import { readingLine } from "./reading-line.js";
import { openSearch } from "./search-dialog.js";
import { openScene } from "./scene-dialog.js";
import { Scroller } from "./scroller.js";
import { nameOf, whispered } from "./speakers.js";
import { stageHead } from "./stage-head.js";
import { wings } from "./wings.js";

/** @import { CharacterOut, ConversationOut, MessageOut, ServiceStatus } from "../types.js" */
/** @import { TurnOutcome } from "./conversation-store.js" */
/** @import { Acts } from "./message.js" */
/** @import { RunningTurns } from "./turn.js" */
/** @import { View } from "../router.js" */

export class ChatView {
  /**
   * @param {ConversationOut} state
   * @param {{service: ServiceStatus, turns: RunningTurns, signal: AbortSignal}} options
   */
  constructor(state, { service, turns, signal }) {
    this.signal = signal;
    this.character = state.character;
    this.store = new ConversationStore(state, { turns, signal, events: {
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
    this.live = liveSpeech(this.character);
    this.composer = composer({
      conversationId: state.id,
      name: this.character.name,
      limit: service.message_characters,
      lang: languageOf("", this.character.language),
      onSend: (text) => this.store.send(text),
      onStop: () => this.store.stop(),
    });
    this.complain = complaints(this.composer, signal);
    const isOperator = !service.admin_required || service.signed_in;
    /** @type {Acts["prompt"]} */
    const prompt = isOperator ? (message) => this.showPrompt(message) : null;
    this.panel = examplesPanel(() => this.ownNames(), prompt);
    this.earlier = earlierButton(() => this.loadEarlier());
    this.list = h("ol", { class: "speeches", "aria-label": t("chat.log", { name: this.character.name }) });
    this.announcer = h("p", { class: "visually-hidden", role: "status" });
    this.title = h("span", { class: "stage-title" });
    this.wings = wings({ state: () => this.store.state, search: openSearch, failed: (error) => this.complain(error), signal });
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
    /** @type {Acts} */
    this.acts = {
      regenerate: (message) => this.store.regenerate(message),
      resume: (message) => this.store.resume(message),
      activate: (id, act) => this.activate(id, act),
      save: (message, content) => this.store.save(message, content),
      discard: (message) => this.discard(message),
      examples: (message) => this.panel.show(message),
      aloud: (button, text) => this.aloud.attach(button, text),
      copy: ({ content }) => copyText(content),
      report: ({ id }) => openReport({ title: t("reporting.reply_title"), text: t("reporting.reply_text"), subject: { conversation: state.id, message: id } }),
      prompt,
      echo: async (message) => echoOf(message, await this.ownNames()),
      openEcho: async (echo) => openScene(echo, { slug: this.character.slug, own: await this.ownNames(), mayRead: service.may_upload, signal }),
    };
  }

  /** @returns {View} */
  view() {
    const { name } = this.character;
    const { store } = this;
    const node = h("section", { class: "stage", ...hued(name) },
      h("a", { class: "skip-link", href: "#message", on: { click: (event) => {
        event.preventDefault();
        this.composer.focus();
      } } }, t("chat.skip")),
      this.wings.node,
      stageHead(store, {
        full: this.full, title: this.title, toggle: this.wings.toggle, signal: this.signal,
        moveTo: (until) => this.moveTo(until),
        introduce: () => this.introduce(),
        print: () => this.print(),
        failed: (error) => this.complain(error),
      }),
      this.pointBar.node,
      this.reading,
      h("div", { class: "stage-floor" }, this.scroller.node, this.panel.node),
      this.announcer, this.composer.node);
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

  /** The names whose lines are the character's part. */
  async ownNames() {
    const full = await this.full;
    return new Set([this.character.name, ...(full?.aliases ?? []), ...(full?.speakers ?? [])]);
  }

  /** @param {MessageOut} message */
  async showPrompt(message) {
    const { openPrompt } = await import("../prompt/prompt-view.js");
    await openPrompt(message, await this.ownNames(), this.signal);
  }

  // Turns

  begin() {
    this.newestBefore = this.store.state.messages.at(-1);
    this.live = liveSpeech(this.character);
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
    else this.announcer.textContent = waits ? waitingText(speaking, speaking.speaker?.name ?? this.character.name) : "";
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
      if (focused && this.earlier.node.hidden) this.focusFirst();
    } catch (error) {
      if (!this.signal.aborted) this.complain(error);
    }
  }

  /** Moves the focus to the first line, when the button above it is gone. */
  focusFirst() {
    this.list.firstElementChild?.setAttribute("tabindex", "-1");
    focusOn(this.list.firstElementChild, { preventScroll: true });
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

  /** @param {string} id @param {string} act the arrow that was pressed */
  async activate(id, act) {
    await this.store.activate(id);
    const shown = this.list.querySelector(`[data-key="${id}"]`);
    focusOn(shown?.querySelector(`[data-act=${act}]:not(:disabled)`) ?? shown?.querySelector(".alternatives button:not(:disabled)"));
  }

  /** @param {MessageOut} message */
  async discard(message) {
    const sure = await confirm({
      title: t("chat.delete_title"), body: t("chat.delete_text", { n: this.store.countAfter(message) }), action: t("chat.delete"), danger: true,
    });
    if (sure) await this.store.discard(message);
    this.composer.focus();
  }

  async introduce() {
    try {
      const fresh = await askPersona({ path: this.store.path, state: this.store.state });
      if (fresh) this.store.takePersona(fresh);
    } catch (error) {
      this.complain(error);
    }
  }

  /** Prints the whole conversation, or saves it as PDF: the browser's dialog offers both. */
  async print() {
    while (this.store.state.earlier && (await this.store.loadEarlier()) !== null);
    this.draw();
    window.print();
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
        render: () => messageNode(message, { name: nameOf(message, state), whispered: whispered(message, state), character: this.character.name, language: this.character.language, isLast, acts: this.acts }),
      };
    }));
    if (!isIdle) items.push({ key: "live", signature: this.live.serial, render: () => this.live.node });
    reconcile(this.list, items);
    this.list.classList.toggle("is-busy", !isIdle);
    this.openers.show(isIdle && !state.earlier && !state.is_stage && messages.every(({ role }) => role !== "user"));
    this.scroller.keepEnd();
  }
}
