/** Registers the worker that keeps the pages' files for when the server is out of reach. */

/** Browsers allow one on secure addresses only; without it the pages work as before. */
export function keepPages() {
  if (!("serviceWorker" in navigator)) return;
  const register = () => navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" }).catch(() => {});
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
