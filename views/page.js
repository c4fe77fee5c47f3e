/*
 * The little that pages do in the browser beside htmx. Nothing essential: every page works without it.
 *  - messages in the corner go away by themselves (not while hovered or focused) or by their button
 *  - whatever htmx puts into #dialog is shown as a modal dialog; links and buttons with data-close close it
 *  - data-copy="#selector" copies that element's text; data-reveal="#id" shows and hides a password
 *  - data-pick-all ticks every line's box (.pick) of its form, data-picked says how many are; Shift ticks a range
 *  - data-expiry="2026-11-22" keeps the date and the days since then in its fields in step while either is edited
 *  - after a form was refused, the first field that is wrong has the focus
 *  - data-follow keeps a growing list (the live log) at its newest line while it is scrolled there
 */
(() => {
  const LINGER_MS = 7000;
  /** What can be taken back is offered for longer. */
  const UNDO_MS = 10000;

  const letGo = (toast) => {
    const timer = setInterval(
      () => {
        if (!toast.isConnected) clearInterval(timer);
        else if (!toast.matches(":hover, :focus-within")) {
          clearInterval(timer);
          toast.remove();
        }
      },
      toast.dataset.seconds ? toast.dataset.seconds * 1000 : toast.querySelector("form") ? UNDO_MS : LINGER_MS,
    );
  };

  const focusWrong = () => document.querySelector('main [aria-invalid="true"]')?.focus();

  const prepare = (root) => {
    for (const toast of root.querySelectorAll(".toast:not([data-timed])")) {
      toast.dataset.timed = "";
      // What went wrong stays until it is read.
      if (toast.dataset.kind !== "danger") letGo(toast);
    }
    for (const button of root.querySelectorAll("[data-copy][hidden], [data-reveal][hidden], [data-pick-all][hidden]"))
      button.hidden = false;
    // On a phone the tabs are wider than the screen; the one that is shown must be seen.
    for (const tab of root.querySelectorAll(".tabs > [aria-current]")) {
      const { parentElement: tabs } = tab;
      tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.clientWidth) / 2;
    }
    // A browser that goes back ticks the boxes again that were ticked.
    for (const list of root.querySelectorAll("form:has(.pick)")) countPicked(list);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss], [data-close], [data-copy], [data-reveal]");
    if (!button) return;
    if ("dismiss" in button.dataset) {
      button.closest(".toast")?.remove();
      document.getElementById("main")?.focus({ preventScroll: true });
    }
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

  const countPicked = (form) => {
    const boxes = [...form.querySelectorAll(".pick")];
    const picked = boxes.filter((box) => box.checked).length;
    const all = form.querySelector("[data-pick-all]");
    if (all) {
      all.checked = picked > 0 && picked === boxes.length;
      all.indeterminate = picked > 0 && picked < boxes.length;
    }
    const words = form.querySelector("[data-picked]");
    if (words) words.textContent = picked === 0 ? "" : `${picked} chosen`;
  };

  let lastPicked;
  document.addEventListener("click", (event) => {
    const box = event.target.closest(".pick, [data-pick-all]");
    const form = box?.form;
    if (!form) return;
    const boxes = [...form.querySelectorAll(".pick")];
    if ("pickAll" in box.dataset) for (const one of boxes) one.checked = box.checked;
    else if (event.shiftKey && boxes.includes(lastPicked)) {
      const [from, to] = [boxes.indexOf(lastPicked), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const one of boxes.slice(from, to + 1)) one.checked = box.checked;
    }
    if (box.matches(".pick")) lastPicked = box;
    countPicked(form);
  });

  // Days are counted on the calendar: in UTC no day has 23 or 25 hours.
  const DAY_MS = 86400000;
  const dayOf = (text) => (/^\d{4,6}-\d\d-\d\d$/.test(text) ? Date.parse(text) / DAY_MS : Number.NaN);
  document.addEventListener("input", (event) => {
    const group = event.target.closest("[data-expiry]");
    if (!group) return;
    const from = dayOf(group.dataset.expiry);
    const date = group.querySelector("input[type=date]");
    const days = group.querySelector("input[type=number]");
    if (!date || !days) return;
    if (event.target === date) {
      const to = dayOf(date.value);
      if (!Number.isNaN(to)) days.value = Math.max(0, Math.min(Number(days.max), to - from));
    } else if (event.target === days && /^\d+$/.test(days.value)) {
      const count = Math.min(Number(days.value), Number(days.max));
      date.value = new Date((from + count) * DAY_MS).toISOString().slice(0, 10);
    }
    // Whoever gives a date means it.
    const box = group.closest(".option")?.querySelector("input[type=checkbox]");
    if (box) box.checked = true;
  });

  document.addEventListener("htmx:after:swap", ({ detail }) => {
    prepare(document);
    if (detail.ctx.response?.raw.status === 422) focusWrong();
    const dialog = document.getElementById("dialog");
    if (dialog?.firstElementChild && !dialog.open) {
      // Whoever hears the page hears by its question what the dialog is.
      const heading = dialog.querySelector("h1, h2")?.textContent.trim();
      if (heading) dialog.setAttribute("aria-label", heading);
      dialog.showModal();
    }
    for (const list of document.querySelectorAll("[data-follow]")) {
      const most = Number(list.dataset.follow);
      while (list.childElementCount > most) list.lastElementChild.remove();
    }
  });

  // Left to itself htmx begins a moment after the page is there, and whoever presses a key at once would follow the link behind it.
  const { htmx } = window;
  if (htmx) {
    const begin = htmx.initialize.bind(htmx);
    let begun = false;
    htmx.initialize = () => {
      if (!begun) begin();
      begun = true;
    };
  }

  document.addEventListener("DOMContentLoaded", () => {
    htmx?.initialize();
    prepare(document);
    focusWrong();
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
