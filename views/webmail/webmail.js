/*
 * What webmail does in the browser beside htmx and page.js. Nothing essential: every page works without it.
 *  - the folders' drawer closes when a folder was chosen; menus close by a click elsewhere and by Escape
 *  - Escape closes what is open, Ctrl-Enter sends
 */
(() => {
  const closeMenus = (but) => {
    for (const menu of document.querySelectorAll("details.mail-menu[open]")) {
      if (menu === but) continue;
      if (menu.contains(document.activeElement)) menu.firstElementChild.focus();
      menu.open = false;
    }
  };

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.mail-menu"));
    if (event.target.closest(".mail-menu-item")) closeMenus();
  });

  // What one writes into an open menu stays while the list below it changes.
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches("details.mail-menu")) event.target.toggleAttribute("hx-morph-skip", event.target.open);
    },
    true,
  );

  // Enter among buttons that do different things presses none of them (NoDefault).
  document.addEventListener(
    "submit",
    (event) => {
      if (event.submitter?.formMethod !== "dialog") return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  let chosen = false;
  document.addEventListener("click", (event) => {
    if (event.target.closest("#rail a.rail-link")) chosen = true;
  });
  document.addEventListener("htmx:after:swap", () => {
    const rail = document.getElementById("rail");
    if (chosen && rail?.matches(":popover-open")) rail.hidePopover();
    chosen = false;
  });

  // Keys

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenus();
      if (event.target.matches("#q")) event.target.blur();
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("#compose")) {
      event.preventDefault();
      document.querySelector("#compose [data-key=send]")?.click();
    }
  });
})();
