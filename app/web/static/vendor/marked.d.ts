/** What the pages use of marked 18 (see marked.LICENSE.md for its licence). */

export type Align = "left" | "center" | "right" | null;

export interface Cell {
  text: string;
  tokens: Token[];
  header: boolean;
  align: Align;
}

export interface Token {
  type: string;
  raw: string;
  text?: string;
  href?: string;
  lang?: string;
  ordered?: boolean;
  start?: number | "";
  tokens?: Token[];
  items?: Token[];
  header?: Cell[];
  rows?: Cell[][];
}

/** What a tokenizer answers: a token, undefined for none of this kind, false for marked's own. */
export type Answer = Token | undefined | false;

export class Tokenizer {
  emStrong(src: string, maskedSrc: string, prevChar?: string): Token | undefined;
  lexer: { inlineTokens(src: string): Token[] };
}

export class Marked {
  constructor(options: {
    gfm: boolean;
    breaks: boolean;
    tokenizer: Record<string, (this: Tokenizer, ...matched: string[]) => Answer>;
  });
  lexer(text: string): Token[];
}
