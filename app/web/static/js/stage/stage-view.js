/** A stage in the page: a conversation with its cast around it, set as a play while it grows. */

import { get } from "../api.js";
import { ChatView } from "../chat/chat-view.js";
import { composer } from "../chat/composer.js";
import { wings } from "../chat/wings.js";
import { list, unmarked } from "../format.js";
import { go } from "../go.js";
import { t } from "../i18n.js";
import { around } from "./around.js";
import { chooseOther, chooseRole } from "./choices.js";
import { dropCurtain, raiseCurtain } from "./curtain.js";
import { placeholderOf } from "./desk.js";
import { openKnowledge, openWitnesses } from "./knowledge.js";
import { mentions } from "./mentions.js";
import { shortNames } from "./names.js";
import { playHead } from "./play-head.js";
import { reasonOf } from "./reason.js";
import { stageSentences } from "./sentences.js";
import { colourBy, furtherTools, staged } from "./speech.js";
import { StageStore } from "./stage-store.js";

/** @import { CharacterOut, ConversationOut, MessageOut } from "../types.js" */
/** @import { ConversationStore } from "../chat/conversation-store.js" */
/** @import { View } from "../router.js" */

/**
 * @param {ConversationOut} state
 * @param {ConstructorParameters<typeof ChatView>[1]} options
 * @returns {Promise<View>}
 */
export async function stageView(state, options) {
  await stageSentences();
  return new StageView(state, options).view();
}

export class StageView extends ChatView {
  /** @param {ConversationOut} state @param {ConstructorParameters<typeof ChatView>[1]} options */
  constructor(state, options) {
    super(state, options, shortNames(state.participants.map(({ name }) => name)));
    const { stage } = this;
    stage.cue.addEventListener("change", () => this.drawAround());
    this.list.classList.add("is-play");
    Object.assign(this.acts, {
      further: (/** @type {MessageOut} */ message) => furtherTools(message, {
        witnesses: () => openWitnesses(stage, message),
        knowledge: () => openKnowledge(stage, message),
        other: () => chooseOther(stage, message),
      }),
      reason: (/** @type {MessageOut} */ message) => reasonOf(message, stage),
    });
    /** @type {Map<string, Promise<CharacterOut|null>>} */
    this.characters = new Map();
  }

  /** The store, as what it is. */
  get stage() {
    return /** @type {StageStore} */ (this.store);
  }

  /** What stands around the lines; the constructor above this one needs it already. */
  get around() {
    if (!this.made) this.made = around(this.stage, { bringOn: () => this.bringOn(), write: () => this.composer.focus() });
    return this.made;
  }

  /** @param {ConversationOut} state @param {ConstructorParameters<typeof ConversationStore>[1]} options @override */
  storeOf(state, options) {
    return new StageStore(state, options);
  }

  /** @param {Parameters<typeof composer>[0]} options @override */
  composerOf(options) {
    const made = composer({ ...options, above: this.around.desk });
    const box = mentions(made.input, this.stage);
    made.input.parentElement?.prepend(box);
    made.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || !made.isEmpty()) return;
      this.stage.goOn(1);
    });
    return made;
  }

  /** @param {Parameters<typeof wings>[0]} options @override */
  wingsOf(options) {
    return wings({ ...options, top: this.around.panel, another: t("stage.new"), begin: async () => this.encore() });
  }

  /** @override */
  head() {
    return playHead(this.stage, this.headActs([
      { image: "add", label: t("stage.enter"), run: () => this.bringOn() },
      { image: "wings", label: t("stage.role"), run: () => chooseRole(this.stage) },
      { image: "stop", label: t("curtain.down"), run: () => dropCurtain(this.stage, { encore: () => this.encore() }) },
    ]));
  }

  /** @override */
  bar() {
    return this.around.bar;
  }

  /** @override */
  speakerToBe() {
    const name = this.stage.member(this.stage.cue.next)?.name ?? t("stage.someone");
    return { name, language: this.character.language };
  }

  /** @param {MessageOut} message @param {boolean} isLast @override */
  speechOf(message, isLast) {
    return staged(super.speechOf(message, isLast), message, this.stage);
  }

  /** The names of the one who says it. @param {MessageOut} message @override */
  async ownNames(message) {
    const { speaker } = message.stage ?? {};
    if (!speaker?.slug) return new Set([speaker?.name ?? ""]);
    const { slug } = speaker;
    const known = this.characters.get(slug) ?? get(`/api/characters/${encodeURIComponent(slug)}`, this.signal).catch(() => null);
    this.characters.set(slug, /** @type {Promise<CharacterOut|null>} */ (known));
    const full = await /** @type {Promise<CharacterOut|null>} */ (known);
    return new Set([speaker.name, ...(full?.aliases ?? []), ...(full?.speakers ?? [])]);
  }

  /** Another scene with the same cast. */
  encore() {
    const slugs = this.stage.state.participants.map(({ slug }) => slug).filter((slug) => slug !== null);
    go(`/stage?with=${slugs.map((slug) => encodeURIComponent(slug)).join(",")}`);
  }

  /** @override */
  shown() {
    super.shown();
    const section = this.list.closest(".stage");
    if (section instanceof HTMLElement) raiseCurtain(section, this.stage.state.id);
  }

  /** @override */
  drawLive() {
    super.drawLive();
    const { speaking } = this.store;
    if (speaking?.speaker) colourBy(this.live.node, this.stage.hued(speaking.speaker.name));
  }

  /** @override */
  drawPhase() {
    super.drawPhase();
    this.drawAround();
  }

  /** @override */
  draw() {
    super.draw();
    const { title } = this.stage.state;
    // A title that only names the cast stands above already.
    this.title.textContent = title && title !== this.name ? unmarked(title) : t("stage.each");
    this.drawAround();
  }

  /** Draws the cast and the desk, which follow every change. */
  drawAround() {
    const { state, present, cue } = this.stage;
    const { node, input } = this.composer;
    cue.keep(new Set(present.map(({ id }) => id ?? "")));
    this.around.draw();
    node.classList.toggle("is-watching", state.user_role === "watching");
    node.classList.toggle("is-whispering", cue.whisper.length > 0);
    node.classList.toggle("is-directing", cue.isDirection || state.user_role === "director");
    input.placeholder = placeholderOf(this.stage);
    input.setAttribute("aria-label", cue.whisper.length > 0
      ? t("stage.whispering", { names: list(cue.whisper.map((id) => this.stage.member(id)?.name ?? "")) })
      : t("chat.compose", { name: this.name }));
  }
}
