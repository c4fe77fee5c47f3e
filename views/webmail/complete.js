/*
 * Completes addresses while one writes (WAI-ARIA 1.2, editable combobox with a list). The field holds a list of addresses; only the one
 * at the caret is completed. Arrows choose, Enter and Tab take, Escape closes; without it the field is a plain text field.
 */
(() => {
  const WAIT_MS = 90;

  let waiting;
  let asking = new AbortController();

  const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
  const optionsOf = (input) => [...(listOf(input)?.querySelectorAll("[role=option]") ?? [])];
  const isOpen = (input) => input.getAttribute("aria-expanded") === "true";

  /** Where the address at the caret begins and ends: a comma within quotes or an angle separates nothing. */
  const pieceAt = ({ value, selectionStart: caret }) => {
    let begin = 0;
    let quoted = false;
    for (let at = 0; at < caret; at++) {
      if (value[at] === '"' && value[at - 1] !== "\\") quoted = !quoted;
      else if (!quoted && (value[at] === "," || value[at] === ";")) begin = at + 1;
    }
    const rest = /[,;]/.exec(value.slice(caret));
    return { begin, end: rest === null ? value.length : caret + rest.index, quoted };
  };

  const close = (input) => {
    clearTimeout(waiting);
    asking.abort();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    const list = listOf(input);
    if (!list) return;
    list.hidden = true;
    list.replaceChildren();
  };

  const choose = (input, chosen) => {
    for (const option of optionsOf(input)) option.setAttribute("aria-selected", String(option === chosen));
    if (chosen) {
      input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };

  const take = (input, option) => {
    const { begin, end } = pieceAt(input);
    const before = input.value.slice(0, begin).trimEnd();
    const after = input.value.slice(end).replace(/^[,;\s]+/, "");
    const head = `${before}${before === "" ? "" : " "}${option.dataset.value}, `;
    input.value = head + after;
    input.setSelectionRange(head.length, head.length);
    close(input);
    // The draft saves itself when something was typed.
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const show = (input, html, typed) => {
    const list = listOf(input);
    if (!list || document.activeElement !== input) return;
    list.innerHTML = html;
    const options = optionsOf(input);
    for (const [at, option] of options.entries()) option.id = `${list.id}-${at}`;
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(options.length > 0));
    // Who types an address letter by letter means what he types.
    choose(input, typed.includes("@") ? undefined : options[0]);
  };

  const ask = (input) => {
    const { begin, quoted } = pieceAt(input);
    const typed = input.value.slice(begin, input.selectionStart).trim();
    if (typed === "" || (quoted && typed === '"') || typed.endsWith(">")) return close(input);
    asking.abort();
    asking = new AbortController();
    fetch(`${input.dataset.complete}?typed=${encodeURIComponent(typed)}`, { signal: asking.signal })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => show(input, html, typed))
      .catch((error) => {
        // A later letter asked anew.
        if (error.name !== "AbortError") close(input);
      });
  };

  const completing = (event) => event.target.closest?.("[data-complete]");

  document.addEventListener("input", (event) => {
    const input = completing(event);
    if (!input || event.isComposing) return;
    // What was offered for fewer letters is not taken by mistake.
    if (input.value.slice(pieceAt(input).begin, input.selectionStart).includes("@")) choose(input, undefined);
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(input), WAIT_MS);
  });

  document.addEventListener("keydown", (event) => {
    const input = completing(event);
    if (!input || event.isComposing) return;
    const options = optionsOf(input);
    const here = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length > 0) {
      event.preventDefault();
      const next = here < 0 && step < 0 ? options.length - 1 : (here + step + options.length) % options.length;
      choose(input, options[next]);
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      ask(input);
    } else if (
      (event.key === "Enter" || event.key === "Tab") &&
      isOpen(input) &&
      here >= 0 &&
      !event.ctrlKey &&
      !event.metaKey &&
      !event.shiftKey
    ) {
      event.preventDefault();
      take(input, options[here]);
    } else if (event.key === "Escape" && isOpen(input)) {
      event.preventDefault();
      event.stopPropagation();
      close(input);
    }
  });

  document.addEventListener("focusout", (event) => {
    const input = completing(event);
    if (input) close(input);
  });
  // The field keeps the focus while somebody points at the list.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest(".compose-options")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest(".compose-options [role=option]");
    const list = option?.closest("[role=listbox]");
    const input = list && document.querySelector(`[aria-controls="${list.id}"]`);
    if (input) take(input, option);
  });
})();
