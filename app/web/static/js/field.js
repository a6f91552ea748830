/** A labelled form control with its hint and complaint wired up for assistive technology. */

import { h, uniqueId } from "./dom.js";

/** @import { Props } from "./dom.js" */

/** @typedef {(props: Props) => HTMLElement} Control */

/**
 * @param {{label: string, name: string, hint?: string|null, error?: string|null, control?: Control} & Props} options
 *   the remaining properties become attributes of the control
 */
export function field({ label, name, hint = null, error = null, control = textInput, ...rest }) {
  const id = uniqueId(name);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return h("div", { class: "field" },
    h("label", { class: "field-label", for: id }, label),
    control({ id, name, class: "input", "aria-describedby": described || null, "aria-invalid": error ? "true" : null, ...rest }),
    hint && h("p", { class: "field-hint", id: `${id}-hint` }, hint),
    error && h("p", { class: "field-error", id: `${id}-error` }, error));
}

/** @type {Control} */
export const textInput = (props) => h("input", { autocomplete: "off", ...props });

/** @type {Control} */
export const textArea = (props) => h("textarea", props);

/** @param {string[][]} choices value and label of each @returns {Control} */
export const choice = (choices) => ({ value, ...props }) =>
  h("select", props, choices.map(([key, label]) => h("option", { value: key, selected: key === value }, label)));
