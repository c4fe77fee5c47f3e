/*
 * What a page of webmail says while nobody looks at it: the number of unread messages in the title, on the tab's picture and on the
 * installed page's; new mail, where this browser may tell of it. And what an installed page keeps for reading without a connection.
 *  - #live[data-unread-icon]: the tab's picture while something is unread; its events "mail" bring what came
 *  - #folders[data-unread]: unread messages in the inbox
 *  - #offline is shown while the server cannot be reached
 */
(() => {
  const live = document.getElementById("live");
  if (!live) return;

  // Unread

  const icon = document.querySelector("link[rel=icon]");
  const read = icon?.href;
  const count = () => {
    const unread = Number(document.getElementById("folders")?.dataset.unread ?? 0);
    const title = document.title.replace(/^\([\d.,]+\) /, "");
    const wanted = unread > 0 ? `(${unread}) ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
    const picture = unread > 0 ? live.dataset.unreadIcon : read;
    if (icon && picture && !icon.href.endsWith(picture)) icon.href = picture;
    if (unread > 0) navigator.setAppBadge?.(unread)?.catch(() => {});
    else navigator.clearAppBadge?.()?.catch(() => {});
  };
  document.addEventListener("htmx:after:swap", count);
  count();

  // New mail while a page is open

  const ALLOWED = "gatepost-tell";
  const worker = async () => await navigator.serviceWorker?.getRegistration("/mail/");
  live.addEventListener("mail", async (event) => {
    const { title, body, href, tag } = JSON.parse(event.detail.data);
    // Whoever hears the page hears of it there.
    const told = Object.assign(document.createElement("p"), { className: "visually-hidden" });
    told.textContent = `${title}. ${body}`;
    document.querySelector("#toasts > .visually-hidden")?.remove();
    document.getElementById("toasts").prepend(told);
    if (!localStorage.getItem(ALLOWED) || Notification.permission !== "granted" || document.hasFocus()) return;
    const options = { body, tag, icon: "/mail/app-192.png", data: { href } };
    const registration = await worker();
    if (registration?.active) await registration.showNotification(title, options);
    else new Notification(title, options).onclick = () => window.location.assign(href);
  });

  // The worker, and what an installed page keeps

  const installed = window.matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  const ready = async () => {
    if (!navigator.serviceWorker || !window.isSecureContext) return;
    try {
      await navigator.serviceWorker.register("/mail/worker.js");
    } catch {
      // A browser that does not trust the certificate has no workers. Everything else goes on.
      return;
    }
    if (installed) (await navigator.serviceWorker.ready).active?.postMessage("keep");
  };
  void ready();

  /** The frame of a message has no origin, and no worker: its content is kept, and brought back, from here. */
  const frames = async () => {
    if (!installed || !navigator.serviceWorker?.controller) return;
    for (const frame of document.querySelectorAll("iframe[src*='/body']:not([data-kept])")) {
      frame.dataset.kept = "";
      try {
        const answer = await fetch(frame.src);
        if (answer.headers.get("X-Kept")) {
          frame.src = URL.createObjectURL(new Blob([await answer.text()], { type: "text/html; charset=utf-8" }));
        }
      } catch {
        // It was not kept.
      }
    }
  };
  document.addEventListener("htmx:after:swap", () => void frames());
  void navigator.serviceWorker?.ready.then(frames);

  const offline = document.getElementById("offline");
  const reached = (well) => {
    if (offline) offline.hidden = well;
  };
  live.addEventListener("htmx:sse:after:connection", () => reached(true));
  for (const name of ["htmx:sse:error", "htmx:error"]) live.addEventListener(name, () => reached(false));
  window.addEventListener("offline", () => reached(false));

  // Whoever signs out leaves nothing behind.
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/logout") return;
    localStorage.removeItem(ALLOWED);
    void window.caches?.delete("gatepost-seen-1");
    navigator.clearAppBadge?.()?.catch(() => {});
    void worker().then(async (registration) => (await registration?.pushManager?.getSubscription())?.unsubscribe());
  });
})();
