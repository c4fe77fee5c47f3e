/*
 * Webmail's service worker: shows what the push service brings, and for an installed page keeps what was read, to be read again without a
 * connection. Pages are always asked for anew; what is kept is shown only where the server cannot be reached. What is kept belongs to one
 * session: another one, a sign-out and the way to the sign-in page empty it.
 */
const SHELF = "gatepost-shelf-1";
const SEEN = "gatepost-seen-1";
const OFFLINE = "/mail/offline";
/** Names in the shelf that no server has. */
const KEEPS = "/mail/offline?keeps";
const READER = "/mail/offline?reader";
/** Pages that are kept; the oldest go. */
const MOST = 300;
/** Lists, messages and their bodies. */
const READABLE = /^\/mail(\/f\/\d+(\/m\/\d+(\/body)?)?|\/search)?$/;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELF)
      .then((shelf) => shelf.add(OFFLINE))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("gatepost-") && name !== SHELF && name !== SEEN);
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(old(names).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// Reading

const note = async (name, value) => (await caches.open(SHELF)).put(name, new Response(value));
const noted = async (name) => (await (await caches.open(SHELF)).match(name))?.text();
const forget = () => caches.delete(SEEN);

/** Under which name an answer is kept: htmx asks the same addresses for parts of pages. */
const nameOf = (request) => {
  const url = new URL(request.url);
  if (request.headers.get("HX-Request")) url.searchParams.set("hx-part", request.headers.get("HX-Target") ?? "");
  return url.href;
};

const keep = async (name, answer) => {
  const reader = answer.headers.get("X-Reader") ?? "";
  if (reader === "" || (await noted(KEEPS)) === undefined) return;
  if ((await noted(READER)) !== reader) {
    await forget();
    await note(READER, reader);
  }
  const seen = await caches.open(SEEN);
  await seen.delete(name, { ignoreVary: true });
  await seen.put(name, answer);
  const names = await seen.keys();
  await Promise.all(
    names.slice(0, Math.max(0, names.length - MOST)).map((one) => seen.delete(one, { ignoreVary: true })),
  );
};

/** What was kept, and that it was. */
const kept = async (name) => {
  const before = await (await caches.open(SEEN)).match(name, { ignoreVary: true });
  if (!before) return undefined;
  const headers = new Headers(before.headers);
  headers.set("X-Kept", "yes");
  return new Response(before.body, { status: before.status, headers });
};

const read = async (event) => {
  const { request } = event;
  const name = nameOf(request);
  try {
    const answer = await fetch(request);
    if (answer.redirected && new URL(answer.url).pathname.startsWith("/login")) await forget();
    else if (answer.ok && answer.type === "basic") event.waitUntil(keep(name, answer.clone()));
    return answer;
  } catch (error) {
    const before = await kept(name);
    if (before) return before;
    // The part is not there, but perhaps the page: htmx goes to it.
    if (request.headers.get("HX-Request")) return new Response("", { headers: { "HX-Redirect": request.url } });
    if (request.mode === "navigate") return (await caches.match(OFFLINE)) ?? Response.error();
    throw error;
  }
};

/** Files have their content's hash in their address: what is there once is right for good. */
const shelved = async (event) => {
  const shelf = await caches.open(SHELF);
  const before = await shelf.match(event.request, { ignoreVary: true });
  if (before) return before;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(shelf.put(event.request, answer.clone()));
  return answer;
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(shelved(event));
  else if (READABLE.test(url.pathname)) event.respondWith(read(event));
});

self.addEventListener("message", (event) => {
  if (event.data === "keep") event.waitUntil(note(KEEPS, "yes"));
});

// Telling of new mail

const badge = (count) => {
  if (count > 0) return self.navigator.setAppBadge?.(count);
  return self.navigator.clearAppBadge?.();
};

const tell = async ({ title, body, href, tag, unread }) => {
  await badge(unread)?.catch?.(() => {});
  const windows = await self.clients.matchAll({ type: "window" });
  if (windows.some(({ focused }) => focused)) return;
  const picture = "/mail/app-192.png";
  await self.registration.showNotification(title, { body, tag, icon: picture, badge: picture, data: { href } });
};

self.addEventListener("push", (event) => {
  const told = event.data?.json();
  if (told) event.waitUntil(tell(told));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const href = event.notification.data?.href ?? "/mail";
  const open = async () => {
    const [window] = await self.clients.matchAll({ type: "window" });
    if (!window) return await self.clients.openWindow(href);
    await window.focus();
    return await window.navigate(href);
  };
  event.waitUntil(open());
});
