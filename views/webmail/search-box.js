/*
 * What comes up below the search box while one types (WAI-ARIA 1.2, combobox with a list): beginnings of operators, people, folders and
 * earlier searches, and the first messages that were found. Arrows choose, Enter takes, Escape closes; without it the box is a form.
 */
(() => {
  /** One question is under way at a time; what is typed meanwhile is asked for when its answer is there. */
  let asking;
  let next;

  const boxOf = (event) => event.target.closest?.("input[data-suggest]");
  const panelOf = (box) => document.getElementById(box.getAttribute("aria-controls"));
  const optionsOf = (box) => [...(panelOf(box)?.querySelectorAll("[role=option]") ?? [])];
  const chosenOf = (box) => optionsOf(box).find((option) => option.getAttribute("aria-selected") === "true");

  /** What an option puts into the box, or where it leads. */
  const meant = (option) => option.dataset.value ?? option.getAttribute("href");

  const close = (box) => {
    next = undefined;
    asking?.abort();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
    // What stands there stays: the link that was taken is still at work.
    const panel = panelOf(box);
    if (panel) panel.hidden = true;
    for (const option of optionsOf(box)) option.setAttribute("aria-selected", "false");
  };

  const choose = (box, chosen) => {
    for (const option of optionsOf(box)) option.setAttribute("aria-selected", String(option === chosen));
    if (!chosen) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  };

  const show = (box, html) => {
    const panel = panelOf(box);
    if (!panel || document.activeElement !== box) return;
    // What is chosen already stays so, if it is still offered.
    const before = chosenOf(box);
    panel.innerHTML = html;
    for (const [at, option] of optionsOf(box).entries()) option.id = `${panel.id}-${at}`;
    if (before)
      choose(
        box,
        optionsOf(box).find((option) => meant(option) === meant(before)),
      );
    panel.hidden = !panel.firstElementChild;
    box.setAttribute("aria-expanded", String(!panel.hidden));
    window.htmx?.process(panel);
  };

  const ask = (box) => {
    if (asking) {
      next = box;
      return;
    }
    asking = new AbortController();
    const wish = new URLSearchParams({ q: box.value, folder: box.form.elements.folder?.value ?? "" });
    fetch(`${box.dataset.suggest}?${wish}`, { signal: asking.signal })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => next || show(box, html))
      .catch((error) => {
        if (error.name !== "AbortError") close(box);
      })
      .finally(() => {
        const waiting = next;
        next = asking = undefined;
        if (waiting) ask(waiting);
      });
  };

  /** An option is the rest of what is typed, or leads somewhere. */
  const take = (box, option) => {
    if (option.matches("a")) {
      option.click();
      close(box);
      return;
    }
    box.value = option.dataset.value;
    if (box.value.endsWith(" ") || box.value.endsWith(":")) ask(box);
    else {
      close(box);
      box.form.requestSubmit();
    }
  };

  document.addEventListener("input", (event) => {
    const box = boxOf(event);
    if (!box || event.isComposing) return;
    ask(box);
  });

  document.addEventListener("focusin", (event) => {
    const box = boxOf(event);
    if (box && box.value === "") ask(box);
  });
  document.addEventListener("focusout", (event) => {
    const box = boxOf(event);
    if (box) close(box);
  });
  // The box keeps the focus while somebody points at the panel.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest(".search-panel")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest(".search-panel [role=option]:not(a)");
    const box = option?.closest("form").querySelector("input[data-suggest]");
    if (box) take(box, option);
    else if (event.target.closest(".search-panel a")) document.activeElement.blur();
  });
  document.addEventListener("submit", (event) => {
    const box = event.target.querySelector("input[data-suggest]");
    if (box) close(box);
  });

  document.addEventListener("keydown", (event) => {
    const box = boxOf(event);
    if (!box || event.isComposing) return;
    const options = optionsOf(box);
    const here = options.indexOf(chosenOf(box));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const open = box.getAttribute("aria-expanded") === "true";
    if (step && open && options.length > 0) {
      event.preventDefault();
      const next = here + step;
      choose(box, next < -1 ? options.at(-1) : options[next]);
    } else if (event.key === "ArrowDown") ask(box);
    else if (event.key === "Enter" && here >= 0) {
      event.preventDefault();
      take(box, options[here]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      // Other keys of the page do not hear of it.
      event.stopImmediatePropagation();
      close(box);
    }
  });
})();

/* What is unread among what each kept search finds: asked for when the page is there, and after changes, but not too often. */
(() => {
  const PAUSE_MS = 10_000;
  let counts = new Map();
  let asked = 0;
  let waiting;

  const show = () => {
    for (const link of document.querySelectorAll("[data-search]")) {
      const count = counts.get(link.dataset.search) ?? 0;
      const place = link.querySelector(".count");
      place.hidden = count === 0;
      place.textContent = count > 99 ? "99+" : String(count);
    }
  };

  const ask = () => {
    waiting = undefined;
    asked = Date.now();
    const at = document.querySelector(".mail-searches")?.dataset.counts;
    if (!at || document.hidden) return;
    fetch(`${at}?live=1`)
      .then((answer) => (answer.ok ? answer.json() : []))
      .then((found) => {
        counts = new Map(found.map(({ id, unread }) => [String(id), unread]));
        show();
      })
      .catch(() => {
        // The next change asks again.
      });
  };

  const soon = () => {
    if (waiting) return;
    waiting = setTimeout(ask, Math.max(300, asked + PAUSE_MS - Date.now()));
  };

  document.addEventListener("DOMContentLoaded", soon);
  document.addEventListener("changed", soon, true);
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    show();
    // What the page does itself it does not hear of.
    if (ctx.target?.id === "reader" || ctx.request.method === "POST") soon();
  });
})();
