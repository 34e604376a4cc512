/* The worker of the field's pages. CONFIG (name, statics) stands in front of this when it is served.
   It keeps this room's pages and the files they need, nothing else; pages come from the network where there is one. */
"use strict";
const SCOPE = new URL(self.registration.scope).pathname;
const WAIT = 6000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CONFIG.name).then((cache) => cache.addAll(CONFIG.statics)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("field-") && name !== CONFIG.name) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  const pages = event.data?.pages;
  if (!Array.isArray(pages)) return;
  event.waitUntil((async () => {
    const cache = await caches.open(CONFIG.name);
    await cache.addAll(CONFIG.statics.filter(Boolean));
    const wanted = new Set(pages);
    for (const request of await cache.keys()) {
      const path = new URL(request.url).pathname;
      if (path.startsWith(SCOPE) && !wanted.has(path)) await cache.delete(request);
    }
    let kept = 0;
    for (const page of pages.filter((path) => path.startsWith(SCOPE))) {
      const answer = await fetch(page, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
      if (good(answer)) { await cache.put(page, answer); kept += 1; }
    }
    event.source?.postMessage({ ready: kept });
  })());
});

const good = (answer) => answer?.ok && answer.type === "basic" && !answer.redirected;

async function page(request) {
  const cache = await caches.open(CONFIG.name);
  const kept = () => cache.match(request, { ignoreSearch: true, ignoreVary: true });
  const slow = new Promise((resolve) => { setTimeout(resolve, WAIT, null); });
  const fresh = fetch(request).then(async (answer) => {
    if (good(answer)) await cache.put(new URL(request.url).pathname, answer.clone());
    return answer;
  });
  try {
    const first = await Promise.race([fresh, slow]);
    return first ?? (await kept()) ?? await fresh;
  } catch (error) {
    const found = await kept();
    if (found) return found;
    throw error;
  }
}

async function file(request) {
  const cache = await caches.open(CONFIG.name);
  const found = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  return found ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname.startsWith(SCOPE)) event.respondWith(page(request));
  else if (CONFIG.statics.includes(url.pathname)) event.respondWith(file(request));
});
