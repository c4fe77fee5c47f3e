/*
 * What webmail does in the browser beside htmx and page.js. Nothing essential: every page works without it.
 *  - the row of the open message is marked, whatever order answers came in
 *  - the folders' drawer closes when a folder was chosen; menus close by a click elsewhere and by Escape
 *  - shift and a click tick all messages between two; keys do what their buttons do (data-key names a button's key)
 *  - what is being written is saved at once when its page is left
 */
(() => {
  const closeMenus = (but) => {
    for (const menu of document.querySelectorAll("details.mail-menu[open]")) if (menu !== but) menu.open = false;
  };

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.mail-menu"));
    if (event.target.closest(".mail-menu-item")) closeMenus();
  });

  /** The row of the message that the address names; answers that overtook each other may have marked another. */
  const markCurrent = () => {
    for (const link of document.querySelectorAll(".mail-link")) {
      const row = link.closest(".mail-row");
      if (link.pathname === window.location.pathname) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  };

  document.addEventListener("htmx:after:swap", () => {
    markCurrent();
    const rail = document.getElementById("rail");
    if (rail?.matches(":popover-open")) rail.hidePopover();
  });

  // Ticking

  let lastTicked = null;
  document.addEventListener("click", (event) => {
    const box = event.target.closest(".mail-pick input");
    if (!box) return;
    const boxes = [...document.querySelectorAll(".mail-pick input")];
    const [from, to] = [boxes.indexOf(lastTicked), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const between of boxes.slice(from, to)) between.checked = box.checked;
    lastTicked = box;
  });
  // Shift and a click would mark text.
  document.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest(".mail-pick")) event.preventDefault();
  });

  // Keys

  const press = (selector) => {
    const button = document.querySelector(selector);
    if (!button) return false;
    button.click();
    return true;
  };
  const ticked = () => document.querySelector(".mail-pick input:checked") !== null;
  /** A button of the ticked messages, or else of the open one. */
  const act = (what) =>
    press(ticked() ? `.mail-bulk [name=do][value=${what}]` : `.mail-tools [name=do][value=${what}]`);
  const step = (by) => {
    const links = [...document.querySelectorAll(".mail-link")];
    const here = links.findIndex((link) => link.closest("[aria-current=true]"));
    const next = links[here < 0 ? 0 : here + by];
    next?.click();
    next?.closest(".mail-row").scrollIntoView({ block: "nearest" });
    return next !== undefined;
  };

  const KEYS = {
    c: () => press("[data-key=c]"),
    r: () => press("[data-key=r]"),
    a: () => press("[data-key=a]"),
    f: () => press("[data-key=f]"),
    e: () => act("archive"),
    "#": () => act("delete") || act("erase"),
    Delete: () => act("delete") || act("erase"),
    "!": () => act("junk"),
    s: () => act("flag") || act("unflag"),
    U: () => act("unread"),
    u: () => press(".mail-back"),
    j: () => step(1),
    k: () => step(-1),
    "/": () => {
      const box = document.getElementById("q");
      box?.focus();
      return box !== null;
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenus();
      if (event.target.matches("#q")) event.target.blur();
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("#compose")) {
      event.preventDefault();
      press("#compose [data-key=send]");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog")) return;
    if (KEYS[event.key]?.()) event.preventDefault();
  });

  // Writing

  document.addEventListener("visibilitychange", () => {
    const saver = document.getElementById("autosave");
    if (document.hidden && saver?.dataset.changed) window.htmx?.trigger(saver, "leave");
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (event.target.id === "autosave") delete event.target.dataset.changed;
  });
  document.addEventListener("input", (event) => {
    const saver = document.getElementById("autosave");
    if (saver && event.target.closest("#compose-fields")) saver.dataset.changed = "yes";
  });
})();
