/*
 * A field of HTML in a form (Options: signatures, templates) as an editor: [data-rich] holds the bar and the place of the editor, and its
 * textarea what goes to the server. Without a script one writes HTML there. The editor itself is in writing-editor.js.
 */
(() => {
  for (const field of document.querySelectorAll("[data-rich]:not([data-mounted])")) {
    const area = field.querySelector("textarea");
    field.dataset.mounted = "";
    field.dataset.format = "rich";
    area.hidden = true;
    const editor = window.letterEditor(field, {
      changed: () => {
        area.value = editor.root.textContent.trim() === "" ? "" : editor.html();
      },
      // A picture would need a place of its own on the server.
      upload: (_file, image) => image.remove(),
    });
    editor.setHtml(field.dataset.rich);
  }
})();
