/** The head of a character's page: its backdrop, its portrait or poster, its name. */

import { fill, h } from "../dom.js";
import { languageOf } from "../format.js";
import { hasLine, typographicSheet } from "../gallery/compositions.js";
import { monogram, sized } from "../monogram.js";
import { pictureEditor } from "./picker.js";

/** @import { Child } from "../dom.js" */
/** @import { CharacterOut } from "../types.js" */

/** @param {CharacterOut} found @param {boolean} mayChange @param {Child} [authors] what its author does from here */
export function characterHead(found, mayChange, authors) {
  const head = h("header", { class: "persona-head" });
  const editor = mayChange && pictureEditor(found, (fresh) => draw(fresh));
  /** @param {CharacterOut} current */
  const draw = (current) => {
    head.classList.toggle("has-backdrop", current.backdrop !== null);
    fill(head,
      current.backdrop && h("img", {
        class: "persona-backdrop", src: sized(current.backdrop, "large"), alt: "", decoding: "async",
      }),
      h("div", { class: "persona-portrait" }, likeness(current)),
      h("div", { class: "persona-words" },
        h("h1", { lang: languageOf(current.name, current.language) }, current.name),
        current.tagline && h("p", { class: "persona-tagline", lang: languageOf(current.tagline, current.language) }, current.tagline),
        authors),
      editor);
  };
  draw(found);
  return head;
}

/** Its portrait, else its line as a poster; the heading beside it says the name. @param {CharacterOut} character */
function likeness(character) {
  if (character.avatar) return h("img", { class: "monogram", src: sized(character.avatar, "large"), alt: "", decoding: "async" });
  return hasLine(character) ? typographicSheet(character, null, "voice") : monogram(character.name);
}
