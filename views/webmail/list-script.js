/*
 * What the list of messages does in the browser beside htmx. Nothing essential: every page works without it.
 *  - a line becomes a thing of htmx's when it is clicked
 *  - the line of the open message is marked, whatever order answers came in
 *  - parts of a long list are fetched again where they stand, when they are seen and something has changed
 *  - shift and a click tick all messages between two; how many are ticked is said; messages are dragged onto folders
 *  - menus with a field are narrowed as one types; arrows and Enter choose
 *  - keys do what the page's table (#keys) says
 *  - the focus goes into what was opened, and beside what is gone
 */
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Opening

  // All lines of a list made known to htmx would cost a slow machine as much as to show them. This comes before the click gets there.
  document.addEventListener(
    "click",
    ({ target }) => {
      const link = target.closest?.(".mail-link[data-opens]");
      if (!link) return;
      const asked = {
        get: link.getAttribute("href"),
        target: link.dataset.opens,
        swap: "outerHTML",
        "push-url": "true",
        sync: "#reader:replace",
      };
      for (const [name, value] of Object.entries(asked)) link.setAttribute(`hx-${name}`, value);
      window.htmx.process(link);
    },
    true,
  );

  // The line of the open message

  /** The line that was dealt with last, counted from the first. */
  let lastLine = 0;
  const noteLine = (element) => {
    const at = all(".mail-row").indexOf(element?.closest?.(".mail-row"));
    if (at >= 0) lastLine = at;
  };
  const markCurrent = () => {
    const reader = document.getElementById("reader");
    const line = reader?.dataset.line;
    for (const row of all(".mail-row")) {
      const link = row.querySelector(".mail-link");
      if (line ? row.id === `m${line}` : link.pathname === window.location.pathname) row.ariaCurrent = "true";
      else row.ariaCurrent = null;
    }
    noteLine(document.querySelector(".mail-row[aria-current=true]"));
  };
  for (const what of ["focusin", "change"]) document.addEventListener(what, ({ target }) => noteLine(target));
  /** The line that has its place now. */
  const lineLink = () => {
    const links = all(".mail-link");
    return links[Math.min(lastLine, links.length - 1)];
  };

  // Parts of a long list

  // Kept here, since a part that is fetched again loses what was noted on it.
  const inView = new Set();
  const stale = new WeakSet();
  const renewPart = (part) => {
    stale.delete(part);
    window.htmx.ajax("GET", `${part.dataset.again}&live=1`, { source: part, target: part, swap: "outerMorph" });
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) inView.add(target);
      else inView.delete(target);
      if (isIntersecting && stale.has(target)) renewPart(target);
    }
  });
  const parts = () => all(".mail-rows[data-again]:not(#rows)");
  const watchParts = () => {
    for (const part of inView) if (!part.isConnected) inView.delete(part);
    for (const part of parts()) watcher.observe(part);
  };
  // What this page does and shows itself it does not hear of as something new.
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const page = document.getElementById("live")?.dataset.page;
    if (page) ctx.request.headers["X-Page"] = page;
  });
  document.addEventListener("changed", () => {
    for (const part of parts()) {
      if (inView.has(part)) renewPart(part);
      else stale.add(part);
    }
  });

  // Ticking

  let lastTicked = null;
  const boxes = () => all(".mail-pick input");
  const tickedBoxes = () => boxes().filter((box) => box.checked);
  const sayTicked = () => {
    const form = document.querySelector(".mail-rows-form");
    if (!form) return;
    const count = tickedBoxes().length;
    for (const words of all("[data-ticked]")) words.textContent = count;
    const shown = document.getElementById("tick-shown");
    if (shown) {
      shown.checked = count > 0 && count === boxes().length;
      shown.indeterminate = count > 0 && !shown.checked;
    }
    if (count === 0 && form.elements.all) form.elements.all.checked = false;
  };
  const tickAll = (on) => {
    for (const box of boxes()) box.checked = on;
    sayTicked();
    return true;
  };
  document.addEventListener("click", (event) => {
    const box = event.target.closest(".mail-pick input");
    if (!box) return;
    const every = boxes();
    const [from, to] = [every.indexOf(lastTicked), every.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const between of every.slice(from, to)) between.checked = box.checked;
    lastTicked = box;
  });
  // Shift and a click would mark text.
  document.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest(".mail-pick")) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "tick-shown") tickAll(event.target.checked);
    else if (event.target.name === "all" && event.target.checked) tickAll(true);
    else if (event.target.closest(".mail-pick")) sayTicked();
  });
  document.addEventListener("reset", () => setTimeout(sayTicked));

  // Dragging onto folders

  const dropOn = (event) => event.target.closest?.(".rail-link[data-folder]");
  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    const row = event.target.closest?.(".mail-row");
    if (!row) return;
    const box = row.querySelector(".mail-pick input");
    const count = box.checked ? tickedBoxes().length : 1;
    dragged = row;
    const chip = document.createElement("div");
    chip.className = "mail-dragged";
    chip.textContent = count === 1 ? row.querySelector(".mail-subject bdi").textContent : count;
    document.body.append(chip);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(chip, 12, 12);
    setTimeout(() => chip.remove());
    document.body.classList.add("mail-dragging");
  });
  document.addEventListener("dragover", (event) => {
    const folder = dragged && dropOn(event);
    for (const other of all(".rail-link.drop")) if (other !== folder) other.classList.remove("drop");
    if (!folder || folder.getAttribute("aria-current")) return;
    event.preventDefault();
    folder.classList.add("drop");
  });
  document.addEventListener("drop", (event) => {
    const folder = dragged && dropOn(event);
    if (!folder) return;
    event.preventDefault();
    const box = dragged.querySelector(".mail-pick input");
    if (!box.checked) {
      tickAll(false);
      box.checked = true;
    }
    submitWith(dragged.closest("form"), "to", folder.dataset.folder);
  });
  document.addEventListener("dragend", () => {
    dragged = null;
    document.body.classList.remove("mail-dragging");
    for (const folder of all(".rail-link.drop")) folder.classList.remove("drop");
  });
  const submitWith = (form, name, value) => {
    const button = Object.assign(document.createElement("button"), { type: "submit", name, value, hidden: true });
    form.append(button);
    form.requestSubmit(button);
    button.remove();
  };

  // Menus that are narrowed as one types

  const items = (menu, hidden = false) => all(".mail-menu-item", menu).filter((item) => hidden || !item.hidden);
  const beginMenu = (menu) => {
    const field = menu.querySelector("[data-narrow]");
    if (!field || field === document.activeElement) return;
    field.value = "";
    for (const item of items(menu, true)) item.hidden = false;
    field.focus();
  };
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (target.matches?.("details.mail-menu") && target.open) beginMenu(target);
    },
    true,
  );
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  document.addEventListener("input", (event) => {
    if (!("narrow" in event.target.dataset)) return;
    const wanted = plain(event.target.value.trim());
    // What has an empty name is for what is typed itself.
    for (const item of items(event.target.closest("details"), true))
      item.hidden = item.dataset.name !== "" && !plain(item.dataset.name ?? item.textContent).includes(wanted);
  });
  const walkMenu = (event) => {
    const menu = event.target.closest("details.mail-menu[open]");
    if (!menu || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return false;
    const list = items(menu);
    // There they change the day.
    if (event.key !== "Enter" && event.target.type === "datetime-local") return false;
    if (event.key === "Enter") {
      if (!event.target.matches("input")) return false;
      // A day and a time are followed by their button.
      if ("narrow" in event.target.dataset) list[0]?.click();
      else menu.querySelector(".btn[type=submit]")?.click();
      return true;
    }
    const at = list.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    (list[at] ?? menu.querySelector("[data-narrow]"))?.focus();
    return true;
  };

  // Keys

  const press = (selector) => {
    const button = document.querySelector(selector);
    button?.click();
    return button !== null;
  };
  const step = (by) => {
    const links = all(".mail-link");
    const here = links.findIndex((link) => link.closest("[aria-current=true]"));
    // After the open one went, the next has taken its place.
    const next = here >= 0 ? links[here + by] : lineLink();
    next?.click();
    next?.closest(".mail-row").scrollIntoView({ block: "nearest" });
    return next !== undefined;
  };
  const stepWithin = (by) => {
    const members = all(".mail-conversation-item");
    const here = members.findIndex((item) => item.ariaCurrent === "true");
    members[here + by]?.click();
    return members.length > 0;
  };
  /** What is done to the ticked messages, or else to the open one. */
  const bar = () => (tickedBoxes().length > 0 ? ".mail-bulk" : ".mail-tools");
  const DEEDS = {
    next: () => step(1),
    previous: () => step(-1),
    nextWithin: () => stepWithin(1),
    previousWithin: () => stepWithin(-1),
    act: (...whats) => whats.some((what) => press(`${bar()} [name=do][value=${what}]`)),
    menu: (name) => {
      const menu = document.querySelector(`${bar()} details[data-menu=${name}]`);
      if (!menu) return false;
      menu.open = true;
      // What is typed next is meant for its field.
      items(menu)[0]?.focus();
      beginMenu(menu);
      return true;
    },
    press: (key) => press(`[data-key="${key}"]`),
    undo: () => press(".toast:last-child [data-key=z]"),
    back: () => press(".mail-back"),
    tick: () => [":focus-within", "[aria-current=true]"].some((at) => press(`.mail-row${at} .mail-pick input`)),
    tickAll: () => tickAll(true),
    untick: () => tickAll(false),
    search: () => {
      const box = document.getElementById("q");
      box?.focus();
      return box !== null;
    },
    go: (address) => press(`.rail-link[href="${address}"]`),
  };

  let begun = "";
  const keys = () => JSON.parse(document.getElementById("keys")?.dataset.keys ?? "{}");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (walkMenu(event)) return event.preventDefault();
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog")) return;
    if (document.documentElement.dataset.keys === "off" || event.key === "Shift") return;
    const typed = begun ? `${begun} ${event.key}` : event.key;
    const table = keys();
    begun = Object.keys(table).some((key) => key.startsWith(`${typed} `)) ? typed : "";
    const [deed, ...rest] = table[typed]?.split(" ") ?? [];
    if (DEEDS[deed]?.(...rest)) event.preventDefault();
  });

  // Where the focus is

  const place = () => {
    const found =
      document.getElementById("list") ?? document.querySelector("main h1") ?? document.getElementById("main");
    found.tabIndex = -1;
    return found;
  };
  const before = new WeakMap();
  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    const had = document.activeElement;
    if (had.closest(".mail-bulk")) noteLine(tickedBoxes()[0]);
    before.set(ctx, { had, reading: had.closest("#reader"), source: ctx.sourceElement });
    // Left to the browser and htmx, the focus would go and come with what is replaced, and the page be laid out for each.
    if (had.closest("#reader") && ctx.target?.id === "reader") had.blur();
  });
  const placeFocus = (ctx) => {
    const { had, reading, source } = before.get(ctx) ?? {};
    const reader = document.querySelector("#reader:has(.mail-message)");
    const asked = ["click", "submit"].includes(ctx.sourceEvent?.type) && ctx.request.method === "GET" && ctx.target?.id;
    if (asked === "reader") {
      reader?.scrollIntoView();
      return reader?.focus({ preventScroll: true });
    }
    if (asked === "main" && !document.activeElement.autofocus) {
      const back = source.matches(".mail-back");
      if (!back) lastLine = 0;
      // The way back leads to the line one came from, a search to the first it found.
      return (((back || source.matches("form")) && lineLink()) || place()).focus();
    }
    if (asked === "list") lastLine = 0;
    if (had && !(had.isConnected && had.checkVisibility())) ((reading && reader) || lineLink() || place()).focus();
  };

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    markCurrent();
    watchParts();
    sayTicked();
    placeFocus(ctx);
  });
  // What was taken back cannot be taken back again.
  document.addEventListener("htmx:after:request", (event) => {
    if (!event.target.matches?.(".toast form")) return;
    const toast = event.target.closest(".toast");
    const within = toast.contains(document.activeElement);
    toast.remove();
    if (within) (lineLink() ?? place()).focus();
    window.htmx.trigger(document.getElementById("live"), "changed");
  });
  document.addEventListener("DOMContentLoaded", () => {
    markCurrent();
    watchParts();
    sayTicked();
  });
})();
