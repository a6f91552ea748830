/** `/characters/{slug}`: a character's profile, its lines, and the form that begins a conversation. */

import { get, isAbort, post, withQuery } from "../api.js";
import { conversationList } from "../conversation-list.js";
import { fill, formOf, h, textIn } from "../dom.js";
import { explain } from "../errors.js";
import { field } from "../field.js";
import { languageOf, number } from "../format.js";
import { go } from "../go.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { inspector } from "../inspector.js";
import { languageName } from "../language-name.js";
import { learningFailure } from "../learning-failure.js";
import { readable } from "../macros.js";
import { hued } from "../monogram.js";
import { onceOver } from "../passing.js";
import { partAndPoint } from "../part-and-point.js";
import { characterHead } from "../pictures/character-head.js";
import { indexingProgress } from "../progress.js";
import { headline } from "../proof-words.js";
import { followRehearsal, rehearsalNote } from "../readiness.js";
import { openReport } from "../report-dialog.js";
import { knownStatus } from "../status.js";
import { stageText } from "../stage-text.js";
import { lasting } from "../storage.js";

/** @import { Child } from "../dom.js" */
/** @import { Params, View } from "../router.js" */
/** @import { CharacterOut, CharacterSharing, ConversationOut, ConversationSummary, PageOf, ProofLine, ProofLineOut, ScriptRef, ServiceStatus } from "../types.js" */

/** @param {Params} params @param {AbortSignal} signal @returns {Promise<View>} */
export async function character({ slug }, signal) {
  const path = `/api/characters/${encodeURIComponent(slug)}`;
  const service = await knownStatus();
  /** @type {[CharacterOut, PageOf<ConversationSummary>, ProofLineOut, CharacterSharing|null]} */
  const [found, conversations, { proof }, sharing] = await Promise.all([
    get(path, signal),
    get(withQuery("/api/conversations", { character: slug, limit: 100 }), signal),
    get(`${path}/proof`, signal).catch(withoutProof),
    service.may_upload ? get(`${path}/sharing`, signal) : null,
  ]);
  const mayChange = sharing?.may_change ?? false;
  const learning = service.may_upload && found.scripts.length > 0 ? await learningOf(found) : null;
  const earlier = conversations.items.filter((item) => item.character.slug === slug);
  const entrance = h("div", {});
  const knowledge = h("div", {});
  /** @param {CharacterOut} current */
  const draw = (current) => {
    fill(entrance, entranceFor(current, signal));
    fill(knowledge, knowledgeOf(current, service, proof), learning, current.status === "ready" && inspector(current, signal));
  };
  const readiness = h("div", {});
  let status = "";
  followRehearsal(found, (fresh) => {
    fill(readiness, rehearsalNote(fresh));
    // The form that begins a conversation stays as it is filled in.
    if (fresh.status !== status || status === "indexing") draw(fresh);
    status = fresh.status;
  }, signal);
  return { title: found.name, node: page(found, {
    authors: mayChange && await authorsBar(found, service.admin_required), mayChange, reading: await readingOf(found, signal), entrance: h("div", {}, entrance, readiness), knowledge, earlier,
  }) };
}

/**
 * @param {CharacterOut} found
 * @param {{authors: Child, mayChange: boolean, reading: Reading, entrance: HTMLElement, knowledge: HTMLElement, earlier: ConversationSummary[]}} parts
 */
function page(found, { authors, mayChange, reading, entrance, knowledge, earlier }) {
  return h("article", { class: "view persona", ...hued(found.name) },
    characterHead(found, mayChange, authors),
    h("div", { class: "persona-side" },
      reading.bars,
      entrance,
      earlier.length > 0 && h("section", {},
        h("h2", { class: "eyebrow" }, t("character.earlier")),
        conversationList(earlier, { withCharacter: false }))),
    h("div", { class: "persona-main" },
      reading.note,
      found.greeting && h("section", { class: "persona-greeting", "aria-label": t("character.greeting") },
        h("blockquote", { lang: languageOf(found.greeting, found.language) }, stageText(readable(found.greeting, found, t("chat.you"))))),
      profileOf(found),
      knowledge,
      reportButton(found)));
}

/** @param {CharacterOut} found */
function reportButton({ name, slug }) {
  const report = () => openReport({ title: t("reporting.character_title", { name }), text: t("reporting.character_text"), subject: { character: slug } });
  return h("p", { class: "persona-report" },
    h("button", { class: "button button-plain", type: "button", on: { click: report } }, icon("flag"), t("reporting.character")));
}

/** @typedef {{bars: Child, note: Child}} Reading */

/**
 * How far the reader is in each of its scripts, and what is kept back therefore.
 * @param {CharacterOut} found
 * @param {AbortSignal} signal
 * @returns {Promise<Reading>}
 */
async function readingOf(found, signal) {
  if (found.scripts.length === 0) return { bars: null, note: null };
  const [{ bookmarkBar }, { withheldNote }] = await Promise.all([import("../bookmark/bookmark-bar.js"), import("../bookmark/withheld.js")]);
  const changed = () => go(location.pathname, { replace: true });
  const titled = found.scripts.length > 1;
  const bars = await Promise.all(found.scripts.map(({ id }) => bookmarkBar({ script: id, changed, signal, titled }).catch(withoutBar)));
  return { bars, note: withheldNote(found) };
}

/** The page does without what it cannot read. @param {unknown} error */
function withoutBar(error) {
  if (isAbort(error)) throw error;
  return null;
}

/** What its author does from here; the words for it are loaded for them alone. @param {CharacterOut} found @param {boolean} isShared */
async function authorsBar(found, isShared) {
  const { authorsBar: bar } = await import("../sharing/authors-bar.js");
  return bar(found, isShared);
}

/** Who may read the scripts may learn the part; the words for it are loaded for them alone. @param {CharacterOut} found */
async function learningOf(found) {
  const [{ learnLinks }, { learningSentences }] = await Promise.all([import("../learning-lines/link.js"), import("../learning-lines/sentences.js")]);
  await learningSentences();
  return learnLinks(found);
}

/** @param {CharacterOut} found */
function profileOf(found) {
  return h("section", {},
    h("h2", { class: "eyebrow" }, t("character.profile")),
    found.profile
      ? h("div", { class: "persona-profile", lang: languageOf(found.profile, found.language) }, readable(found.profile, found, t("chat.you")))
      : h("p", { class: "field-hint" }, t("character.no_profile")),
    found.aliases.length > 0 && h("p", { class: "persona-aliases" }, t("character.aliases", { names: found.aliases.join(t("list.comma")) })));
}

/** @param {CharacterOut} found @param {AbortSignal} signal */
function entranceFor(found, signal) {
  if (found.status === "indexing") {
    return h("section", { class: "entrance", role: "status" },
      h("h2", {}, t("character.indexing", { name: found.name })),
      h("p", {}, t("character.indexing_text")), indexingProgress(found.progress));
  }
  if (found.status === "failed") {
    return h("section", { class: "entrance is-failed", role: "alert" },
      h("h2", {}, t("character.failed")), h("p", {}, learningFailure(found)));
  }
  return startForm(found, signal);
}

/** @param {CharacterOut} found @param {AbortSignal} signal */
function startForm(found, signal) {
  const complaint = h("p", { class: "field-error", role: "alert" });
  const button = h("button", { class: "button button-primary" }, t("character.start"));
  const naming = field({ label: t("character.your_name"), name: "user_name", hint: t("character.your_name_hint"), value: lasting.get("user-name") ?? "", maxlength: 80, autocomplete: "nickname" });
  const more = partAndPoint(found, { onPart: (part) => { naming.hidden = part !== ""; }, signal });
  /** @param {SubmitEvent} event */
  const start = async (event) => {
    event.preventDefault();
    const name = textIn(formOf(event), "user_name");
    button.disabled = true;
    try {
      /** @type {ConversationOut} */
      const created = await post("/api/conversations", { character: found.slug, user_name: name || null, ...more.chosen() });
      lasting.set("user-name", name);
      go(`/conversations/${created.id}`);
    } catch (error) {
      complaint.textContent = explain(error);
      onceOver(error, () => { complaint.textContent = ""; }, signal);
      button.disabled = false;
    }
  };
  return h("section", { class: "entrance" },
    h("h2", {}, t("character.talk", { name: found.name })),
    h("form", { class: "entrance-form", on: { submit: start } },
      naming, more.node, button, complaint),
    h("a", { class: "button button-plain", href: `/stage?with=${encodeURIComponent(found.slug)}` }, icon("add"), t("stage.bring")));
}

const DROPPED = /** @type {const} */ (["without_character", "duplicate", "short_replies"]);

/** The page does without what it cannot read. @param {unknown} error @returns {ProofLineOut} */
function withoutProof(error) {
  if (isAbort(error)) throw error;
  return { proof: null };
}

/** @param {CharacterOut} found @param {ServiceStatus} service @param {ProofLine|null} proof */
function knowledgeOf(found, service, proof) {
  const dropped = DROPPED.filter((reason) => found.dropped[reason] > 0);
  const total = dropped.reduce((sum, reason) => sum + found.dropped[reason], 0);
  return h("section", {},
    h("h2", { class: "eyebrow" }, t("character.knows")),
    h("dl", { class: "facts" },
      fact(t("character.scripts"), found.scripts.map((script) => scriptTitle(script, service.may_upload))),
      fact(t("character.speakers"), found.speakers.join(t("list.comma"))),
      fact(t("character.language"), languageName(found.language)),
      fact(t("character.lines"), number(found.lines)),
      fact(t("character.examples"), number(found.examples)),
      total > 0 && fact(t("character.dropped"), [number(total), h("ul", { class: "dropped" },
        dropped.map((reason) => h("li", {}, t(`dropped.${reason}`, { n: found.dropped[reason] }))))])),
    proof && h("p", { class: "persona-proof" }, h("strong", {}, t("proof.heading")), " ",
      headline(found.name, proof.replies, proof)));
}

/** Only those who may upload may read whole scripts. @param {ScriptRef} script @param {boolean} mayRead */
function scriptTitle(script, mayRead) {
  const props = { class: "fact-link", lang: languageOf(script.title) };
  return mayRead ? h("a", { ...props, href: `/scripts/${script.id}` }, script.title) : h("span", props, script.title);
}

/** @param {string} term @param {Child} value */
function fact(term, value) {
  return [h("dt", {}, term), h("dd", {}, value)];
}
