/** The parts of a prompt, in sections of one kind. */

/** @import { PromptPart, ReplyPrompt } from "../types.js" */

/**
 * @typedef {object} Section neighbouring parts of one kind
 * @property {PromptPart["kind"]} kind
 * @property {PromptPart[]} parts
 * @property {number} tokens
 */

/** The prompt from its beginning to its end. @param {ReplyPrompt} prompt */
export function sectionsOf({ parts }) {
  /** @type {Section[]} */
  const sections = [];
  for (const part of parts) {
    if (part.text === "" && part.omitted === 0) continue;
    const last = sections.at(-1);
    if (last?.kind === part.kind) {
      last.parts.push(part);
      last.tokens += part.tokens;
    } else {
      sections.push({ kind: part.kind, parts: [part], tokens: part.tokens });
    }
  }
  return sections;
}

/** The text that the engine got; messages of a chat prompt under their roles. @param {ReplyPrompt} prompt */
export function plainText({ style, parts }) {
  if (style === "completion") return parts.map(({ text }) => text).join("");
  /** @type {string[]} */
  const messages = [];
  parts.forEach(({ message, role, text }) => {
    const at = message ?? 0;
    messages[at] = (messages[at] ?? `[${role}]\n`) + text;
  });
  return messages.join("\n\n");
}
