/** What holds for the next line: who answers it, who alone hears it, and whether it is a direction. */

export class Cue extends EventTarget {
  constructor() {
    super();
    /** @type {string|null} the participant who speaks next; null: the director chooses */
    this.next = null;
    /** @type {string[]} the participants who alone hear what is said */
    this.whisper = [];
    this.isDirection = false;
  }

  /** @param {Partial<Pick<Cue, "next"|"whisper"|"isDirection">>} changes */
  set(changes) {
    Object.assign(this, changes);
    // Who does not hear a whisper cannot answer it.
    if (this.next && this.whisper.length > 0 && !this.whisper.includes(this.next)) {
      if (changes.next) this.whisper = [];
      else this.next = null;
    }
    this.dispatchEvent(new Event("change"));
  }

  /** Forgets those who left. @param {Set<string>} present */
  keep(present) {
    const whisper = this.whisper.filter((id) => present.has(id));
    const next = this.next && present.has(this.next) ? this.next : null;
    if (next !== this.next || whisper.length !== this.whisper.length) this.set({ next, whisper });
  }
}
