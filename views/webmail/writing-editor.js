/*
 * The editor of formatted text, over squire: the bar of formats with its keys, links, what is pasted, pictures and the signature. It
 * knows nothing of the form around it. Squire is loaded in front of this file.
 */
window.letterEditor = (() => {
  const TAGS = new Set(
    (
      "A ABBR B BDI BDO BIG BLOCKQUOTE BR CAPTION CENTER CODE COL COLGROUP DD DEL DIV DL DT EM FONT H1 H2 H3 H4 H5 H6 HR I IMG INS " +
      "LI MARK OL P PRE Q S SMALL SPAN STRIKE STRONG SUB SUP TABLE TBODY TD TFOOT TH THEAD TR TT U UL"
    ).split(" "),
  );
  /** Their content is no text. */
  const SILENT = new Set("SCRIPT STYLE TITLE TEMPLATE NOSCRIPT IFRAME OBJECT SVG MATH SELECT TEXTAREA HEAD".split(" "));
  const ATTRIBUTES = new Set(
    (
      "style dir lang align valign bgcolor width height title href src alt type start color face size border cellpadding " +
      "cellspacing colspan rowspan nowrap span data-cid data-remote data-signature"
    ).split(" "),
  );
  /** What of a pasted style is the writer's wish; the rest is how another program sees its page. */
  const STYLES =
    "color background-color font-weight font-style font-size font-family text-align text-decoration text-decoration-line".split(
      " ",
    );
  const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

  /** HTML as nodes that run and load nothing. The server looks again at what it is sent. */
  const cleaned = (html, { pasted, ownPicture }) => {
    const { body } = new DOMParser().parseFromString(html, "text/html");
    const walk = (parent) => {
      for (const node of [...parent.childNodes]) {
        if (node.nodeType === Node.TEXT_NODE) continue;
        if (node.nodeType !== Node.ELEMENT_NODE || SILENT.has(node.nodeName.toUpperCase())) node.remove();
        else {
          walk(node);
          if (!TAGS.has(node.nodeName)) node.replaceWith(...node.childNodes);
          else attributes(node);
        }
      }
    };
    const attributes = (element) => {
      for (const { name } of [...element.attributes]) if (!ATTRIBUTES.has(name)) element.removeAttribute(name);
      if (pasted) restyle(element);
      if (element.nodeName === "IMG") picture(element);
      if (element.hasAttribute("href") && !/^\s*(?:https?|mailto|tel):/i.test(element.getAttribute("href")))
        element.removeAttribute("href");
    };
    const restyle = (element) => {
      const wished = STYLES.map((name) => [name, element.style.getPropertyValue(name)]).filter(
        ([, value]) => value !== "" && !/url\(/i.test(value),
      );
      element.removeAttribute("style");
      for (const [name, value] of wished) element.style.setProperty(name, value);
    };
    const picture = (image) => {
      const src = image.getAttribute("src") ?? "";
      if (image.dataset.cid && ownPicture(src)) return;
      delete image.dataset.cid;
      if (/^https?:/i.test(src) && new URL(src).origin !== window.location.origin) {
        // Loading it would tell its server who writes when.
        image.dataset.remote = src;
        image.src = BLANK;
      } else if (!image.dataset.remote && !/^(?:data:image\/|blob:|https?:|\/mail\/)/i.test(src)) image.remove();
    };
    walk(body);
    const fragment = document.createDocumentFragment();
    fragment.append(...body.childNodes);
    return document.importNode(fragment, true);
  };

  /** What the bar's buttons do, and how one sees that a format is on. */
  const TOOLS = {
    bold: { on: (s) => s.hasFormat("B"), set: (s, on) => (on ? s.removeBold() : s.bold()) },
    italic: { on: (s) => s.hasFormat("I"), set: (s, on) => (on ? s.removeItalic() : s.italic()) },
    underline: { on: (s) => s.hasFormat("U"), set: (s, on) => (on ? s.removeUnderline() : s.underline()) },
    strike: { on: (s) => s.hasFormat("S"), set: (s, on) => (on ? s.removeStrikethrough() : s.strikethrough()) },
    bullets: { on: (s) => s.hasFormat("UL"), set: (s, on) => (on ? s.removeList() : s.makeUnorderedList()) },
    numbers: { on: (s) => s.hasFormat("OL"), set: (s, on) => (on ? s.removeList() : s.makeOrderedList()) },
    quote: {
      on: (s) => s.hasFormat("BLOCKQUOTE"),
      set: (s, on) => (on ? s.decreaseQuoteLevel() : s.increaseQuoteLevel()),
    },
    size: { set: (s, _on, value) => s.setFontSize(value || null) },
    colour: { set: (s, _on, value) => s.setTextColor(value || null) },
    clear: { set: (s) => s.removeAllFormatting() },
  };

  /**
   * Makes the editor of a letter's text.
   * changed: called when something was changed. upload(file, image): called for a picture that shall stand in the text.
   */
  const letterEditor = (body, { changed, upload }) => {
    const root = body.querySelector("#rich");
    const bar = body.querySelector("[role=toolbar]");
    const dialog = document.getElementById("link-dialog");
    const ownPicture = (src) => src.startsWith(root.dataset.picture);
    let pasted = false;
    const squire = new window.Squire(root, {
      blockTag: "DIV",
      tagAttributes: { blockquote: { type: "cite" } },
      undo: { documentSizeThreshold: 500_000, undoLimit: 30 },
      sanitizeToDOMFragment: (html) => cleaned(html, { pasted, ownPicture }),
      didError: () => undefined,
    });
    root.setAttribute("role", "textbox");
    root.setAttribute("aria-multiline", "true");
    root.setAttribute("aria-label", root.dataset.label);

    // Formats

    const showFormats = () => {
      for (const button of bar.querySelectorAll("[data-tool]")) {
        const on = TOOLS[button.dataset.tool]?.on;
        if (on) button.setAttribute("aria-pressed", String(on(squire)));
      }
    };
    const work = (tool, value) => {
      if (tool === "link") return openLink();
      const { on, set } = TOOLS[tool];
      squire.focus();
      set(squire, on?.(squire) ?? false, value);
      showFormats();
    };
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-tool]");
      if (!button) return;
      const menu = button.closest("details");
      if (menu) menu.open = false;
      work(button.dataset.tool, button.dataset.value);
    });
    // The text keeps its selection while a button is pressed.
    bar.addEventListener("mousedown", (event) => {
      if (event.target.closest("button")) event.preventDefault();
    });
    for (const patch of bar.querySelectorAll("[data-colour]"))
      patch.style.background = patch.dataset.colour || "currentColor";

    // Links

    const openLink = () => {
      const range = squire.getSelection();
      const node = range.commonAncestorContainer;
      const link = (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("a");
      const address = dialog.querySelector("input");
      const chosen = squire.getSelectedText().trim();
      address.value = link?.getAttribute("href") ?? (/^(?:https?:\/\/|www\.)\S+$/.test(chosen) ? chosen : "");
      dialog.returnValue = "";
      dialog.showModal();
      address.select();
    };
    dialog.onclose = () => {
      const written = dialog.querySelector("input").value.trim();
      squire.focus();
      if (dialog.returnValue === "remove" || (dialog.returnValue === "set" && written === "")) squire.removeLink();
      else if (dialog.returnValue === "set") squire.makeLink(addressOf(written));
    };
    const addressOf = (written) => {
      if (/^(?:https?|mailto|tel):/i.test(written)) return written;
      return /^[^\s@/]+@[^\s@/]+$/.test(written) ? `mailto:${written}` : `https://${written}`;
    };
    for (const key of ["Ctrl-k", "Meta-k"]) {
      squire.setKeyHandler(key, (_self, event) => {
        event.preventDefault();
        openLink();
      });
    }

    // What is pasted

    squire.addEventListener("pasteImage", ({ detail }) => {
      for (const item of detail.clipboardData.items)
        if (item.kind === "file" && item.type.startsWith("image/")) insertPicture(item.getAsFile());
    });
    root.addEventListener("paste", () => (pasted = true), true);
    root.addEventListener("drop", () => (pasted = true), true);
    squire.addEventListener("willPaste", () => {
      // Squire reads the clipboard later; with this the pasted text is in its hands.
      window.setTimeout(() => {
        pasted = false;
        adoptPictures();
      });
    });

    /** Pictures that were pasted with text come along. */
    const adoptPictures = () => {
      for (const image of root.querySelectorAll("img:not([data-cid]):not([data-remote]):not([data-coming])")) {
        image.dataset.coming = "";
        blobOf(image.src)
          .then((blob) => upload(new File([blob], image.alt || "picture", { type: blob.type }), image))
          .catch(() => image.remove());
      }
    };
    const blobOf = async (src) => {
      const data = /^data:(image\/[\w+-]+);base64,(.*)$/s.exec(src);
      if (data === null) return await (await fetch(src)).blob();
      return new Blob([Uint8Array.from(window.atob(data[2]), (octet) => octet.charCodeAt(0))], { type: data[1] });
    };

    /** Puts a picture where one writes, and has it uploaded. */
    const insertPicture = (file) => {
      const image = squire.insertImage(URL.createObjectURL(file), { alt: "", "data-coming": "" });
      upload(file, image);
    };

    squire.addEventListener("input", changed);
    squire.addEventListener("pathChange", showFormats);

    return {
      root,
      insertPicture,
      insertHtml: (html) => squire.insertHTML(html),
      setHtml: (html) => squire.setHTML(html),
      /** The text without what is only there for the moment. */
      html: () => {
        const { body: copy } = new DOMParser().parseFromString(squire.getHTML(), "text/html");
        for (const coming of copy.querySelectorAll("img:not([data-cid]):not([data-remote])")) coming.remove();
        for (const helper of copy.querySelectorAll("[class^=squire-]")) helper.remove();
        return copy.innerHTML;
      },
      focusStart: () => squire.moveCursorToStart().focus(),
      /** Another sender's signature in place of the one that stands there. */
      setSignature: (html) => {
        const now = root.querySelector("[data-signature]");
        if (now === null && html === "") return;
        const next = cleaned(html, { pasted: false, ownPicture });
        squire.saveUndoState();
        squire.modifyDocument(() => {
          // The empty line above it is there already.
          if (now !== null) now.replaceWith(next.querySelector("[data-signature]") ?? "");
          else root.insertBefore(next, root.querySelector(":scope > blockquote")?.previousElementSibling ?? null);
        });
      },
      destroy: () => squire.destroy(),
    };
  };
  return letterEditor;
})();
