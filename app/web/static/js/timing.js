/**
 * Resolves after `ms`, or rejects with the signal's reason when it aborts.
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}

/**
 * Calls `step` until it returns null; otherwise it returns the pause in milliseconds before the
 * next call. Ends quietly when `signal` aborts.
 * @param {() => Promise<number|null>} step
 * @param {AbortSignal} signal
 */
export async function repeat(step, signal) {
  try {
    for (;;) {
      const pause = await step();
      if (pause === null) return;
      await sleep(pause, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/**
 * Delays calls until they have stopped for `ms`.
 * @template {unknown[]} A
 * @param {(...args: A) => unknown} fn
 * @param {number} ms
 */
export function debounce(fn, ms) {
  let timer = 0;
  return (/** @type {A} */ ...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => fn(...args), ms);
  };
}
