/**
 * Markdown as elements. A maintained parser cuts the text into tokens; the elements are made here,
 * from a short list of kinds, and text only ever becomes text nodes: what a model wrote cannot turn
 * into markup, an address or a request.
 */

import { h } from "../dom.js";
import { stageText } from "../stage-text.js";
import { Marked, Tokenizer } from "../../vendor/marked.js";

/** @import { Child } from "../dom.js" */
/** @import { Align, Cell, Token } from "../../vendor/marked.js" */

/** Longer texts and deeper ones are shown as they are written. */
const LONGEST = 30_000;
const DEEPEST = 12;

const SAFE = new Set(["http:", "https:", "mailto:"]);

const never = () => undefined;
const parser = new Marked({
  gfm: true,
  breaks: true,
  tokenizer: {
    // Speech is not a document: an indented line, a rule of dashes below one, a cheerful "~" and a
    // tag are what they look like.
    code: never, lheading: never, del: never, def: never, html: never, tag: never,
    emStrong(src, masked, before) {
      return Tokenizer.prototype.emStrong.call(this, src, masked, before) ?? starred(this, src);
    },
  },
});

const STARRED = /^(\*{1,2})(?![\s*])([^*\n]*[^\s*])\1(?!\*)/;

/**
 * Emphasis that ends in punctuation with a letter right behind it, as in `*他笑了。*你好`: by
 * CommonMark's rules, made for words with spaces between them, it would not end there.
 * @param {Tokenizer} tokenizer
 * @param {string} src
 * @returns {Token|undefined}
 */
function starred(tokenizer, src) {
  const match = STARRED.exec(src);
  if (!match) return undefined;
  const [raw, stars, text] = match;
  return { type: stars.length === 2 ? "strong" : "em", raw, text, tokens: tokenizer.lexer.inlineTokens(text) };
}

/** @param {string} text @returns {Array<Node|string>} */
export function markdown(text) {
  if (text.length > LONGEST) return [plain(text)];
  try {
    return blocks(parser.lexer(text), 0);
  } catch (error) {
    if (error instanceof RangeError) return [plain(text)]; // nested more deeply than a stack is
    throw error;
  }
}

/** @param {string} text */
const plain = (text) => h("p", {}, stageText(text));

/** @param {Token[]} tokens @param {number} depth @returns {Node[]} */
function blocks(tokens, depth) {
  return tokens.flatMap((token) => (depth > DEEPEST ? [plain(token.raw)] : block(token, depth)));
}

/** @param {Token} token @param {number} depth @returns {Node[]} */
function block(token, depth) {
  switch (token.type) {
    case "space": return [];
    case "heading": return [h("p", { class: "md-heading" }, inline(token))];
    case "code": return [h("pre", { class: "md-code", tabindex: 0 }, h("code", { lang: "en" }, token.text))];
    case "blockquote": return [h("blockquote", {}, blocks(token.tokens ?? [], depth + 1))];
    case "list": return [list(token, depth)];
    case "table": return [table(token)];
    case "hr": return [h("hr")];
    default: return [h("p", {}, inline(token))];
  }
}

/** @param {Token} token @param {number} depth */
function list({ ordered, start, items = [] }, depth) {
  const children = items.map((item) => h("li", {}, (item.tokens ?? []).map((token) =>
    token.type === "text" || token.type === "checkbox" ? inline(token) : blocks([token], depth + 1))));
  return ordered ? h("ol", { start: start === 1 ? null : start }, children) : h("ul", {}, children);
}

/** @param {Token} token */
function table({ header = [], rows = [] }) {
  /** @param {"th"|"td"} tag @param {Cell} cell */
  const cell = (tag, { tokens, align }) => h(tag, { class: sideOf(align) }, tokens.map(phrase));
  return h("div", { class: "md-table", tabindex: 0 }, h("table", {},
    h("thead", {}, h("tr", {}, header.map((each) => cell("th", each)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((each) => cell("td", each)))))));
}

/** @param {Align} align */
const sideOf = (align) => (align === "right" || align === "center" ? `is-${align}` : null);

/** @param {Token} token @returns {Child} */
const inline = (token) => (token.tokens ? token.tokens.map(phrase) : phrase(token));

/** @param {Token} token @returns {Child} */
function phrase(token) {
  switch (token.type) {
    case "strong": return h("strong", {}, inline(token));
    case "em": return h("em", { class: "direction" }, inline(token));
    case "codespan": return h("code", {}, token.text);
    case "br": return h("br");
    case "checkbox": return token.raw.includes(" ]") ? "☐ " : "☑ ";
    case "escape": return token.text;
    case "link": return link(token.href, inline(token));
    case "image": return link(token.href, token.text || token.href); // never fetched
    default: return stageText(token.text ?? token.raw);
  }
}

/**
 * A link to another site, which learns nothing about this page; what leads anywhere else stays text.
 * @param {string|undefined} href
 * @param {Child} content
 * @returns {Child}
 */
function link(href, content) {
  const address = absolute(href);
  if (!address || !SAFE.has(address.protocol)) return content;
  // Words may say one address and lead to another: the title says where.
  return h("a", { href: address.href, title: address.href, target: "_blank", rel: "noopener noreferrer nofollow" }, content);
}

/** @param {string|undefined} href */
function absolute(href) {
  try {
    return new URL(href ?? "");
  } catch {
    return null;
  }
}
