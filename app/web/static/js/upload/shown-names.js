/** How the speakers of a script are shown: set properly, unless two of them would look the same. */

/** @import { SpeakerOut } from "../types.js" */

/** @param {SpeakerOut[]} speakers @returns {Map<string, string>} */
export function shownNames(speakers) {
  const counts = new Map();
  const shown = speakers.map(({ name, display }) => display || name);
  shown.forEach((name) => counts.set(name, (counts.get(name) ?? 0) + 1));
  return new Map(speakers.map(({ name }, n) => [name, counts.get(shown[n]) > 1 ? name : shown[n]]));
}
