/** Browser storage that may be full or forbidden: the pages work without it. */
class SafeStorage {
  /** @param {() => Storage} open */
  constructor(open) {
    this.open = open;
  }

  /** @param {string} key */
  get(key) {
    try {
      return this.open().getItem(`offbook.${key}`);
    } catch {
      return null;
    }
  }

  /** @param {string} key @param {string|null} value */
  set(key, value) {
    try {
      if (value === null || value === "") this.open().removeItem(`offbook.${key}`);
      else this.open().setItem(`offbook.${key}`, value);
    } catch {
      // Nothing is kept, and nothing else changes.
    }
  }
}

export const lasting = new SafeStorage(() => localStorage);
export const passing = new SafeStorage(() => sessionStorage);
