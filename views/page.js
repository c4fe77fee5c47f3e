/*
 * The little that pages do in the browser beside htmx. Nothing essential: every page works without it.
 *  - messages in the corner go away by themselves (not while hovered or focused) or by their button
 *  - whatever htmx puts into #dialog is shown as a modal dialog; links and buttons with data-close close it
 *  - data-copy="#selector" copies that element's text; data-reveal="#id" shows and hides a password
 *  - data-follow keeps a growing list (the live log) at its newest line while it is scrolled there
 */
(() => {
  const LINGER_MS = 7000;

  const letGo = (toast) => {
    const timer = setInterval(() => {
      if (!toast.isConnected) clearInterval(timer);
      else if (!toast.matches(":hover, :focus-within")) {
        clearInterval(timer);
        toast.remove();
      }
    }, LINGER_MS);
  };

  const prepare = (root) => {
    for (const toast of root.querySelectorAll(".toast:not([data-timed])")) {
      toast.dataset.timed = "";
      // What went wrong stays until it is read.
      if (toast.dataset.kind !== "danger") letGo(toast);
    }
    for (const button of root.querySelectorAll("[data-copy][hidden], [data-reveal][hidden]")) button.hidden = false;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss], [data-close], [data-copy], [data-reveal]");
    if (!button) return;
    if ("dismiss" in button.dataset) button.closest(".toast")?.remove();
    if ("close" in button.dataset) {
      const dialog = button.closest("dialog");
      if (dialog) {
        event.preventDefault();
        dialog.close();
      }
    }
    if (button.dataset.copy) {
      const text = document.querySelector(button.dataset.copy)?.textContent ?? "";
      navigator.clipboard?.writeText(text.trim()).then(
        () => button.classList.add("done"),
        () => button.classList.remove("done"),
      );
    }
    if (button.dataset.reveal) {
      const input = document.querySelector(button.dataset.reveal);
      if (input) {
        input.type = input.type === "password" ? "text" : "password";
        button.setAttribute("aria-pressed", String(input.type === "text"));
      }
    }
  });

  document.addEventListener("htmx:after:swap", () => {
    prepare(document);
    const dialog = document.getElementById("dialog");
    if (dialog?.firstElementChild && !dialog.open) dialog.showModal();
    for (const list of document.querySelectorAll("[data-follow]")) {
      const most = Number(list.dataset.follow);
      while (list.childElementCount > most) list.lastElementChild.remove();
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    prepare(document);
    const dialog = document.getElementById("dialog");
    dialog?.addEventListener("close", () => dialog.replaceChildren());
    // A click on the dimmed ground closes the dialog, as people expect.
    dialog?.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  });

  // A page kept by the browser's back button may show a closed session or an old message.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})();
