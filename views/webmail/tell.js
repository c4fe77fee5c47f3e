/*
 * Options, Notifications: [data-tell] asks the browser for its leave to tell of new mail, its maker for an address, and the server to write to
 * it. What cannot be is said in the reader's words, which the form has in its data.
 */
(() => {
  /** Under which name webmail's pages look for the leave that was given (notify.js). */
  const ALLOWED = "gatepost-tell";
  const worker = async () => await navigator.serviceWorker?.getRegistration("/mail/");

  const octets = (base64url) =>
    Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const tell = async (button) => {
    const form = button.closest("form");
    const says = form.querySelector("[data-says]");
    const say = (which) => {
      says.hidden = false;
      says.textContent = form.dataset[which];
    };
    button.disabled = true;
    try {
      if (!("Notification" in window)) return say("cannot");
      if ((await Notification.requestPermission()) !== "granted") return say("denied");
      localStorage.setItem(ALLOWED, "yes");
      const registration = await worker();
      if (!registration?.pushManager) return say("openOnly");
      await navigator.serviceWorker.ready;
      let subscription;
      try {
        subscription = await registration.pushManager.subscribe({
          userVisibleOnly: true,
          applicationServerKey: octets(form.dataset.key),
        });
      } catch {
        return say("openOnly");
      }
      form.elements.endpoint.value = subscription.endpoint;
      form.elements.p256dh.value = text(subscription.getKey("p256dh"));
      form.elements.auth.value = text(subscription.getKey("auth"));
      form.submit();
    } finally {
      button.disabled = false;
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tell]");
    if (button) void tell(button);
    if (event.target.closest("[data-tell-no-more]")) localStorage.removeItem(ALLOWED);
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const form of document.querySelectorAll("form[data-key][hidden]")) form.hidden = false;
  });
  for (const form of document.querySelectorAll("form[data-key][hidden]")) form.hidden = false;
})();
