/*
 * Keeps the pages' own files for when the server is out of reach; nothing else. The server puts
 * VERSION, made of the files' contents, and SHELL, their addresses, above this: other files make
 * another worker, and the cache of an older one is deleted.
 *
 * The network always comes first, so a page is never older than its server. Answers of the API,
 * prompts and pictures are never looked at: for anything but the pages and their files this worker
 * does not answer.
 */

/* global VERSION, SHELL */

const CACHE = `offbook-${VERSION}`;
const PAGE = "/";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([PAGE, ...SHELL])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(discardOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && isPage(pathname)) event.respondWith(fetch(request).catch(() => kept(PAGE)));
  else if (SHELL.includes(pathname)) event.respondWith(fetch(request).catch(() => kept(pathname)));
});

async function discardOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("offbook-") && name !== CACHE).map((name) => caches.delete(name)));
}

/** The pages that the shell can show; a file that is opened in a tab is none. */
function isPage(pathname) {
  return pathname === "/" || /^\/(account|characters|conversations|mine|my-data|scripts|sign-in|sign-up|stage|upload|with)(\/|$)/.test(pathname);
}

async function kept(address) {
  const cache = await caches.open(CACHE);
  return (await cache.match(address)) ?? Response.error();
}
