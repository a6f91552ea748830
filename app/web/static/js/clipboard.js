/** What is shown in a box, copied. */

/** Browsers lend the clipboard to secure addresses; elsewhere the selection is copied. @param {HTMLInputElement} input */
export async function copied(input) {
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    input.select();
    return document.execCommand("copy");
  }
}
