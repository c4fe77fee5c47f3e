/*
 * The folders in the rail: the menu of one comes up beside it, by its button or by a click with the other mouse button; arrows walk
 * through it. Without this, the button leads to the folder's page.
 */
(() => {
  let asked = null;
  const menuOf = () => document.getElementById("folder-menu");
  const itemsOf = (menu) => [...menu.querySelectorAll("a, button")];

  document.addEventListener("click", (event) => {
    const more = event.target.closest(".mail-folder-more");
    if (more) asked = more;
    if (event.target.closest("#folder-menu :is(a, button)")) menuOf().hidePopover();
  });

  document.addEventListener("contextmenu", (event) => {
    const folder = event.target.closest(".mail-folder");
    if (!folder || event.shiftKey) return;
    event.preventDefault();
    folder.querySelector(".mail-folder-more").click();
  });

  document.addEventListener("htmx:after:swap", () => {
    const menu = menuOf();
    if (!menu?.firstElementChild || !asked?.isConnected || menu.matches(":popover-open")) return;
    menu.showPopover();
    const { top, left, right } = asked.closest(".mail-folder").getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    const beside = document.dir === "rtl" ? left - width - 4 : right + 4;
    menu.style.left = `${Math.max(8, Math.min(beside, window.innerWidth - width - 8))}px`;
    menu.style.top = `${Math.max(8, Math.min(top, window.innerHeight - height - 8))}px`;
    itemsOf(menu)[0]?.focus();
  });

  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.id !== "folder-menu" || event.newState !== "closed") return;
      event.target.replaceChildren();
      if (document.activeElement === document.body) asked?.focus();
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("#folder-menu");
    const on = document.dir === "rtl" ? -1 : 1;
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: on, ArrowLeft: -on }[event.key];
    if (!menu || !step) return;
    event.preventDefault();
    const items = itemsOf(menu);
    items.at((items.indexOf(document.activeElement) + step) % items.length)?.focus();
  });
})();
