/** A conversation in the page: what is shown, and what a person can do to it. */

import { get, patch, post, remove, withQuery } from "../api.js";
import { confirm } from "../dialogs.js";
import { fill, h, reconcile } from "../dom.js";
import { explain } from "../errors.js";
import { languageOf, secondsLeft } from "../format.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { hued, portrait } from "../monogram.js";
import { pointText } from "../point-in-time.js";
import { sleep } from "../timing.js";
import { toast } from "../toast.js";
import { composer } from "./composer.js";
import { earlierButton, keepingEarlier, reaching, withEarlier } from "./earlier.js";
import { examplesPanel } from "./examples-panel.js";
import { liveSpeech, waitingText } from "./live-speech.js";
import { memoryButton } from "./memory-button.js";
import { messageNode } from "./message.js";
import { momentButton } from "./moment-button.js";
import { runningTurn, Turn } from "./turn.js";
import { Scroller } from "./scroller.js";

/** Stands for the id of a message the server has not stored yet. */
const UNSENT = "unsent";
const SETTLE_MS = 300;

/** A turn that another page began, or one whose page is gone: as far as the server has its reply. */
const elsewhere = (text) => ({ phase: text ? "speaking" : "elsewhere", text, examples: [] });

export class ChatView {
  constructor(state, service, signal) {
    this.state = state;
    this.signal = signal;
    this.path = `/api/conversations/${state.id}`;
    this.character = state.character;
    this.full = get(`/api/characters/${encodeURIComponent(this.character.slug)}`, signal).catch(() => null);
    this.turn = null;
    this.composer = composer({
      conversationId: state.id,
      name: this.character.name,
      limit: service.message_characters,
      lang: languageOf("", this.character.language),
      onSend: (text) => this.send(text),
      onStop: () => this.turn?.stop(),
    });
    this.panel = examplesPanel(() => this.ownNames());
    this.earlier = earlierButton(() => this.loadEarlier());
    this.list = h("ol", { class: "speeches", "aria-label": t("chat.log", { name: this.character.name }) });
    this.announcer = h("p", { class: "visually-hidden", role: "status" });
    this.title = h("span", { class: "stage-title" });
    this.scroller = new Scroller([this.earlier.node, this.list], () => this.earlier.more());
    this.acts = {
      regenerate: (message) => this.regenerate(message),
      resume: (message) => this.resume(message),
      activate: (id, act) => this.activate(id, act),
      save: (message, content) => this.save(message, content),
      discard: (message) => this.discard(message),
      examples: (message) => this.panel.show(message),
      copy: (message) => copyText(message.content),
    };
  }

  view() {
    const { name, slug } = this.character;
    const node = h("section", { class: "stage", ...hued(name) },
      h("header", { class: "stage-head" },
        h("a", { class: "icon-button", href: "/", "aria-label": t("chat.back") }, icon("back")),
        portrait(this.character),
        h("div", { class: "stage-names" },
          h("h1", { lang: languageOf(name) }, h("a", { href: `/characters/${encodeURIComponent(slug)}` }, name)), this.title),
        h("div", { class: "stage-tools" },
          momentButton({ character: this.full, until: () => this.state.until_scene, change: (until) => this.moveTo(until), signal: this.signal }),
          memoryButton({ path: this.path, name, changed: (fresh) => this.takeMemory(fresh), failed: (error) => this.complain(error) }))),
      h("div", { class: "stage-floor" }, this.scroller.node, this.panel.node),
      this.announcer, this.composer.node);
    document.addEventListener("keydown", (event) => this.onKey(event), { signal: this.signal });
    this.resumeWatching();
    this.draw();
    return { title: name, node, shown: () => this.shown() };
  }

  shown() {
    document.documentElement.classList.add("is-staged");
    this.signal.addEventListener("abort", () => document.documentElement.classList.remove("is-staged"), { once: true });
    this.composer.fit();
    this.scroller.toEnd();
    if (matchMedia("(hover: hover)").matches) setTimeout(() => this.composer.focus());
  }

  onKey(event) {
    if (event.key !== "Escape" || event.isComposing || !this.turn) return;
    if (document.querySelector("dialog:modal")) return;
    this.turn.stop();
  }

  /** Finds the turn that runs already: one this page began, or one of another tab. */
  resumeWatching() {
    const turn = runningTurn(this.state.id);
    if (turn) this.follow(turn);
    else if (this.state.busy) this.waitForOther();
  }

  async ownNames() {
    const names = new Set([this.character.name]);
    const full = await this.full;
    [...(full?.aliases ?? []), ...(full?.speakers ?? [])].forEach((name) => names.add(name));
    return names;
  }

  // Turns

  send(text) {
    this.begin({ kind: "send", path: `${this.path}/messages`, body: { content: text, stream: true } });
  }

  regenerate(message) {
    this.begin({ kind: "regenerate", path: `${this.path}/messages/${message.id}/regenerate`, body: { stream: true }, targetId: message.id });
  }

  resume(message) {
    this.begin({
      kind: "continue", path: `${this.path}/messages/${message.id}/continue`, body: { stream: true },
      targetId: message.id, text: message.content,
    });
  }

  begin(order) {
    if (this.turn || this.state.busy) return;
    this.composer.complain();
    this.follow(Turn.begin(this.state.id, order));
    this.scroller.toEnd();
  }

  follow(turn) {
    this.turn = turn;
    this.live = liveSpeech(this.character);
    this.composer.setBusy(true);
    let frame = 0;
    let phase = "";
    const show = () => {
      frame = 0;
      this.live.update(turn);
      this.scroller.keepEnd();
    };
    turn.addEventListener("change", () => {
      if (turn.phase === "over") {
        cancelAnimationFrame(frame);
        this.finish(turn);
        return;
      }
      if (phase !== turn.phase) {
        phase = turn.phase;
        if (phase === "reading") this.announcer.textContent = waitingText(turn, this.character.name);
        this.draw();
      }
      frame ||= requestAnimationFrame(show);
    }, { signal: this.signal });
    show();
    this.draw();
  }

  async finish(turn) {
    const before = new Set(this.state.messages.map((message) => message.id));
    const fresh = await this.settled();
    if (this.signal.aborted) return;
    this.state = fresh ? keepingEarlier(this.state, fresh) : this.asFarAsKnown(turn);
    this.turn = null;
    this.composer.setBusy(false);
    this.draw();
    const reply = turn.reply ?? this.state.messages.at(-1);
    if (reply?.role === "assistant") this.announcer.textContent = `${this.character.name}: ${reply.content}`;
    if (turn.kind === "send" && !this.isStored(turn, before)) this.giveBack(turn.body.content);
    if (turn.error) this.complain(turn.error);
  }

  /** What the turn told, for when the server cannot be asked. */
  asFarAsKnown(turn) {
    const shown = this.visible().filter(({ id }) => id !== UNSENT);
    const changed = turn.message || turn.reply;
    return changed ? { ...this.state, messages: turn.reply ? [...shown, turn.reply] : shown } : this.state;
  }

  isStored(turn, before) {
    return turn.message !== null || this.state.messages.some((message) => message.role === "user" && !before.has(message.id));
  }

  giveBack(text) {
    if (this.composer.isEmpty()) this.composer.setText(text);
  }

  complain(error) {
    const wait = error.retryAfter ? ` ${t("chat.retry_after", { time: secondsLeft(error.retryAfter) })}` : "";
    this.composer.complain(h("p", {}, explain(error), wait));
  }

  /**
   * The conversation once no turn runs in it; null when the server cannot say.
   * @param {(state: object) => void} [watch] hears of it while one does, its newest message alone
   */
  async settled(watch = () => {}) {
    const newest = withQuery(this.path, { limit: 1 });
    for (;;) {
      const fresh = await get(newest, this.signal).catch(() => null);
      if (!fresh?.busy) return fresh && get(this.path, this.signal).catch(() => null);
      watch(fresh);
      await sleep(SETTLE_MS, this.signal).catch(() => {});
      if (this.signal.aborted) return null;
    }
  }

  async waitForOther() {
    this.composer.setBusy(true);
    this.live = liveSpeech(this.character);
    const show = ({ messages, writing }) => {
      const reply = messages.find(({ id }) => id === writing);
      this.live.update(elsewhere(reply?.content ?? ""));
      this.scroller.keepEnd();
    };
    show(this.state);
    const fresh = await this.settled(show);
    if (this.signal.aborted) return;
    this.state = fresh ? keepingEarlier(this.state, fresh) : { ...this.state, busy: false, writing: null };
    this.composer.setBusy(false);
    this.draw();
  }

  // Lines before those that are shown

  async loadEarlier() {
    try {
      const { messages, earlier } = await withEarlier(this.path, this.state, this.signal);
      if (this.signal.aborted || !this.state.messages.every(({ id }, place) => messages.at(place - this.state.messages.length)?.id === id)) return;
      const added = messages.length - this.state.messages.length;
      const focused = document.activeElement === this.earlier.node;
      this.state = { ...this.state, messages, earlier };
      this.scroller.keepPlace(() => this.draw());
      this.announcer.textContent = t("chat.earlier_loaded", { n: added });
      if (focused && this.earlier.node.hidden) this.focusFirst();
    } catch (error) {
      if (!this.signal.aborted) this.complain(error);
    }
  }

  /** Where the button was, once nothing stands before the first line. */
  focusFirst() {
    const first = this.list.firstElementChild;
    first?.setAttribute("tabindex", "-1");
    first?.focus({ preventScroll: true });
  }

  // Changes without a turn

  /**
   * @param {() => Promise<object>} work answers with the changed conversation, its newest messages
   * @param {string|null} [id] the message that is to be shown in any case
   */
  async change(work, id = null) {
    if (this.turn) return false;
    try {
      this.state = await reaching(this.path, await work(), id, this.signal);
      this.composer.complain();
      this.draw();
      return true;
    } catch (error) {
      this.complain(error);
      return false;
    }
  }

  /** Another point in time; a reply that is being spoken is not changed by it. */
  async moveTo(until) {
    try {
      const { until_scene: now } = await patch(this.path, { until_scene: until });
      this.state = { ...this.state, until_scene: now };
      this.announcer.textContent = t("moment.moved", { name: this.character.name, point: pointText(now) });
    } catch (error) {
      this.complain(error);
    }
  }

  takeMemory({ remembers_others, summarize, summary }) {
    this.state = { ...this.state, remembers_others, summarize, summary };
  }

  async activate(id, act) {
    await this.change(() => post(`${this.path}/messages/${id}/activate`), id);
    const shown = this.list.querySelector(`[data-key="${id}"]`);
    const arrow = shown?.querySelector(`[data-act=${act}]:not(:disabled)`) ?? shown?.querySelector(".alternatives button:not(:disabled)");
    arrow?.focus();
  }

  async save(message, content) {
    const saved = await this.change(() => patch(`${this.path}/messages/${message.id}`, { content }), message.role === "user" ? null : message.id);
    if (saved && message.role === "user") this.regenerate(this.state.messages.at(-1));
  }

  async discard(message) {
    const following = this.state.messages.length - this.state.messages.findIndex(({ id }) => id === message.id) - 1;
    const sure = await confirm({
      title: t("chat.delete_title"), body: t("chat.delete_text", { n: following }), action: t("chat.delete"), danger: true,
    });
    const nearest = message.alternatives.findLast((id) => id !== message.id) ?? message.parent_id;
    if (sure) await this.change(() => remove(`${this.path}/messages/${message.id}`), nearest);
    this.composer.focus();
  }

  // Drawing

  draw() {
    this.title.textContent = this.state.title;
    this.earlier.show(this.state.earlier);
    const messages = this.visible();
    const idle = !this.turn && !this.state.busy;
    const items = messages.map((message, place) => {
      const isLast = idle && place === messages.length - 1;
      return {
        key: message.id,
        signature: JSON.stringify([message, isLast]),
        render: () => messageNode(message, { name: this.nameOf(message), language: this.character.language, isLast, acts: this.acts }),
      };
    });
    if (!idle) items.push({ key: "live", signature: this.live.serial, render: () => this.live.node });
    reconcile(this.list, items);
    this.list.classList.toggle("is-busy", !idle);
    this.scroller.keepEnd();
  }

  nameOf(message) {
    if (message.role === "assistant") return this.character.name;
    return this.state.user_name === "user" ? t("chat.you") : this.state.user_name;
  }

  /** The branch as the running turn will leave it, without the reply that is being spoken. */
  visible() {
    const messages = this.state.messages.filter(({ id }) => id !== this.state.writing);
    if (!this.turn) return messages;
    const { kind, targetId, message, body } = this.turn;
    if (kind === "send") return [...messages.filter(({ id }) => id !== message?.id), message ?? unsent(body.content)];
    const target = messages.findIndex(({ id }) => id === targetId);
    if (target < 0) return messages; // what was stored of the turn stands for it already
    const keepsTarget = kind === "regenerate" && messages[target].role === "user";
    return messages.slice(0, keepsTarget ? target + 1 : target);
  }
}

function unsent(content) {
  return { id: UNSENT, role: "user", content, alternatives: [], examples: [], state: "complete" };
}

async function copyText(text) {
  await navigator.clipboard.writeText(text);
  toast(t("chat.copied"));
}
