/*
 * Writing a message: what the compose page does in the browser. It saves itself while one types; what the server does not have yet is
 * kept on this device, so that nothing is lost where it cannot be reached. The editor is in writing-editor.js, files that go up in
 * writing-files.js.
 */
(() => {
  const RETRY_MS = 4_000;
  const COPY_MS = 300;
  const PATIENCE_MS = 60_000;

  /** What the server said; everything else that goes wrong is that it was not reached. */
  class Refused extends Error {}

  const start = () => {
    const section = document.querySelector("[data-compose]");
    if (section) write(section);
  };

  /** Copies on this device, by user and draft. A browser may refuse to keep any. */
  const copies = (user) => {
    const prefix = `letter ${user} `;
    const tried = (work) => {
      try {
        return work(window.localStorage);
      } catch {
        return undefined;
      }
    };
    return {
      keep: (key, values) => tried((kept) => kept.setItem(prefix + key, JSON.stringify(values))),
      forget: (key) => tried((kept) => kept.removeItem(prefix + key)),
      get: (key) => tried((kept) => JSON.parse(kept.getItem(prefix + key) ?? "null")) ?? undefined,
      keys: () =>
        tried((kept) =>
          Object.keys(kept)
            .filter((name) => name.startsWith(prefix))
            .map((name) => name.slice(prefix.length)),
        ) ?? [],
    };
  };

  const write = (section) => {
    const form = section.querySelector("#compose");
    const fieldset = section.querySelector("#compose-fields");
    const notices = section.querySelector("#compose-notices");
    const words = JSON.parse(section.dataset.words);
    const kept = copies(section.dataset.compose);
    const token = form.elements.csrf.value;
    const key = () => form.elements.key.value;
    let editor = null;

    // What is written

    /** The form's fields, without files. */
    const fields = () => {
      if (editor) form.elements.html.value = editor.html();
      const data = new FormData(form);
      data.delete("file");
      data.delete(editor ? "text" : "html");
      return data;
    };
    const valuesOf = (data) => Object.fromEntries(data.entries());

    const beginEditor = () => {
      editor?.destroy();
      editor = null;
      const body = section.querySelector("#compose-body");
      if (body.dataset.format !== "rich") return;
      form.elements.format.value = "rich";
      let begun;
      // A browser's helper that puts notes on the editor's element has written nothing.
      const written = () => (edits > 0 || editor.html() !== begun) && changed();
      editor = window.letterEditor(body, { changed: written, upload });
      quietly(() => editor.setHtml(form.elements.html.value));
      begun = editor.html();
      if (form.elements.to.value !== "") editor.focusStart();
    };

    // Saving

    let quiet = false;
    let edits = 0;
    let savedEdits = 0;
    let saving = null;
    let timer = 0;
    let copyTimer = 0;
    let closed = false;

    const quietly = (work) => {
      quiet = true;
      work();
      // Squire tells of changes in the next moment.
      window.setTimeout(() => (quiet = false));
    };
    const state = (text) => {
      const line = document.getElementById("draft-state");
      if (line?.lastChild.nodeType === Node.TEXT_NODE) line.lastChild.textContent = text;
      else line?.append(text);
    };
    const changed = () => {
      if (quiet || closed) return;
      edits++;
      window.clearTimeout(copyTimer);
      copyTimer = window.setTimeout(keepCopy, COPY_MS);
      schedule(Number(section.dataset.saveSeconds) * 1000);
    };
    const keepCopy = () => {
      if (!closed && edits !== savedEdits) kept.keep(key(), { at: Date.now(), values: valuesOf(fields()) });
    };
    const schedule = (ms) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(save, ms);
    };

    /** Saves what was changed, after a saving that goes on. */
    const save = async ({ leaving = false } = {}) => {
      window.clearTimeout(timer);
      if (saving) await saving;
      if (closed || edits === savedEdits) return;
      saving = saveOnce(leaving);
      try {
        await saving;
      } finally {
        saving = null;
      }
      if (edits !== savedEdits && !closed) schedule(RETRY_MS);
    };
    const saveOnce = async (leaving) => {
      const upTo = edits;
      const body = new URLSearchParams(fields());
      state(words.saving);
      let answer;
      try {
        // A page that is left may send no more than 64 KB.
        answer = await post("/mail/compose/save", body, { keepalive: leaving && String(body).length < 60_000 });
      } catch {
        keepCopy();
        return state(words.unsaved);
      }
      if (answer.status === 200) {
        swap(answer.page);
        savedEdits = upTo;
        if (edits === upTo) kept.forget(key());
      } else if (answer.gone) close();
      else {
        keepCopy();
        state(answer.signedOut ? words.signedOut : words.refused.replace("{why}", answer.sentence));
      }
    };
    /** The message was sent or thrown away: nothing of it is to be kept. */
    const close = () => {
      closed = true;
      window.clearTimeout(timer);
      window.clearTimeout(copyTimer);
      kept.forget(key());
      state("");
    };

    const post = async (address, body, options = {}) => {
      const answer = await fetch(address, {
        method: "POST",
        body,
        headers: { "x-csrf-token": token, "hx-request": "true" },
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...options,
      });
      const redirect = answer.headers.get("hx-redirect");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return {
        status: answer.status,
        page,
        redirect,
        signedOut: redirect?.startsWith("/login") || answer.status === 403,
        gone: answer.status === 204 && redirect === null,
        sentence: page.querySelector(".toast p")?.textContent ?? String(answer.status),
      };
    };
    /** Puts pieces of an answer in the place of those with their ids. */
    const swap = (page) => {
      for (const piece of page.body.children) {
        const before = piece.id && document.getElementById(piece.id);
        if (before) before.replaceWith(document.importNode(piece, true));
      }
      const address = document.getElementById("draft-state")?.dataset.href;
      // From now on the page's address opens the stored draft.
      if (address && window.location.pathname + window.location.search !== address)
        window.history.replaceState(window.history.state, "", address);
    };

    // Sending

    const deliver = async (button) => {
      if (closed || section.ariaBusy === "true") return;
      section.ariaBusy = "true";
      window.clearTimeout(timer);
      state(words.sending);
      try {
        await uploads.whenIdle();
        if (saving) await saving;
        const body = new URLSearchParams(fields());
        body.append(button.name, button.value);
        const answer = await post("/mail/compose", body);
        if (answer.redirect && !answer.signedOut) {
          close();
          window.location.assign(answer.redirect);
        } else if (answer.page.getElementById("main")) {
          document.getElementById("main").replaceWith(document.importNode(answer.page.getElementById("main"), true));
          closed = true;
          window.clearTimeout(copyTimer);
          start();
          document.querySelector("#main [aria-invalid=true], #main [data-focus]")?.focus();
        } else throw new Refused(answer.signedOut ? words.signedOut : words.refused.replace("{why}", answer.sentence));
      } catch (error) {
        keepCopy();
        tell(error instanceof Refused ? error.message : words.notSent);
        state("");
        schedule(RETRY_MS);
      } finally {
        section.ariaBusy = "false";
      }
    };
    const tell = (sentence) => {
      const notice = document.createElement("div");
      notice.className = "notice";
      notice.dataset.kind = "danger";
      notice.setAttribute("role", "alert");
      const text = document.createElement("p");
      text.textContent = sentence;
      notice.append(text);
      notices.replaceChildren(notice);
    };

    // Files

    const uploads = window.letterFiles({
      list: section.querySelector("#compose-uploads"),
      words,
      fields,
      address: "/mail/compose/attach",
      parcels: "/mail/compose/parcel",
      token,
      arrived: swap,
    });
    /** A picture goes up; until it is there it is shown from this device. */
    const upload = (file, image) => {
      const cid = `${window.crypto.randomUUID?.() ?? Date.now()}@${key().split("@").pop()}`;
      const picture = editor.root.dataset.picture + encodeURIComponent(cid);
      uploads.add("picture", file, {
        fields: { cid },
        done: () => {
          image.dataset.cid = cid;
          image.src = picture;
          delete image.dataset.coming;
          changed();
        },
        failed: () => image.remove(),
      });
    };
    const isPicture = (file) => /^image\/(?:png|jpe?g|gif|webp|bmp|avif)$/.test(file.type);
    const take = (files, withinText) => {
      for (const file of files) {
        if (withinText && editor && isPicture(file)) editor.insertPicture(file);
        else if (file.size > Number(section.dataset.most)) uploads.link(file, addLink);
        else uploads.add("file", file);
      }
    };
    /** The link to a file that was too large. */
    const addLink = (link) => {
      if (editor) editor.insertHtml(link.outerHTML);
      else {
        const { text } = form.elements;
        const words = `${link.textContent}\n${link.querySelector("a").href}\n`;
        text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
      }
      changed();
    };
    const remove = async (part) => {
      const body = new URLSearchParams(fields());
      body.append("remove", part);
      try {
        const answer = await post("/mail/compose/attach", body);
        if (answer.status === 200) {
          swap(answer.page);
          form.elements.file.focus();
        } else tell(answer.sentence);
      } catch {
        tell(words.unsaved);
      }
    };

    form.addEventListener("change", (event) => {
      const { target } = event;
      if (target.type === "file") {
        take(target.files, "pictures" in target.dataset);
        target.value = "";
      } else changed();
      if (target.name === "from") sign(target);
    });
    section.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      section.dataset.dropping = words.drop;
    });
    section.addEventListener("dragleave", (event) => {
      if (!section.contains(event.relatedTarget)) delete section.dataset.dropping;
    });
    section.addEventListener(
      "drop",
      (event) => {
        delete section.dataset.dropping;
        if (event.dataTransfer.files.length === 0) return;
        event.preventDefault();
        event.stopPropagation();
        take([...event.dataTransfer.files], event.target.closest("#rich") !== null);
      },
      true,
    );
    section.addEventListener(
      "paste",
      (event) => {
        const files = [...event.clipboardData.files];
        const text = [...event.clipboardData.types].some((type) => type.startsWith("text/"));
        const forEditor = event.target.closest?.("#rich") && files.every(isPicture);
        if (files.length === 0 || text || forEditor) return;
        event.preventDefault();
        event.stopPropagation();
        take(files, false);
      },
      true,
    );

    // The sender's signature, and the other form of the text

    let sender = form.elements.from.selectedOptions?.[0];
    const sign = (select) => {
      const before = sender?.dataset.text ?? "";
      sender = select.selectedOptions[0];
      const { text = "", html = "" } = sender.dataset;
      if (editor) editor.setSignature(html);
      else if (before !== "") form.elements.text.value = form.elements.text.value.replace(before, () => text);
      else form.elements.text.value += text;
    };
    const convert = async (into) => {
      if (into === "plain" && !window.confirm(words.losesFormat)) return;
      const body = new URLSearchParams(fields());
      body.append("into", into);
      try {
        const answer = await post("/mail/compose/format", body);
        if (answer.status !== 200) return tell(answer.sentence);
        document
          .getElementById("compose-body")
          .replaceWith(document.importNode(answer.page.body.firstElementChild, true));
        beginEditor();
        if (!editor) form.elements.text.focus();
        changed();
      } catch {
        tell(words.unsaved);
      }
    };

    // What was not saved

    const fill = (values) => {
      for (const [name, value] of Object.entries(values)) {
        const field = form.elements[name];
        if (!field || ["csrf", "draft", "back"].includes(name)) continue;
        if (field.type === "checkbox") field.checked = true;
        else field.value = value;
      }
      const body = section.querySelector("#compose-body");
      if (values.format && values.format !== body.dataset.format) body.dataset.format = values.format;
      if (values.cc || values.bcc) section.querySelector(".compose-copies").open = true;
      beginEditor();
      state(words.broughtBack);
      edits++;
      schedule(RETRY_MS);
    };
    /** A letter of another day that never reached the server is offered where a new one begins. */
    const offerCopy = () => {
      if (form.elements.draft.value !== "0" || form.elements.about.value !== "") return;
      const other = kept.keys().find((one) => one !== key());
      const copy = other && kept.get(other);
      if (!copy) return;
      const notice = document.createElement("div");
      notice.className = "mail-held small";
      const text = document.createElement("p");
      text.textContent = words.elsewhere.replace("{subject}", copy.values.subject || words.noSubject);
      const button = (label, work) => {
        const made = document.createElement("button");
        made.type = "button";
        made.className = "btn btn-small";
        made.textContent = label;
        made.addEventListener("click", () => {
          work();
          notice.remove();
        });
        return made;
      };
      notice.append(
        text,
        button(words.takeUp, () => fill(copy.values)),
        button(words.forget, () => kept.forget(other)),
      );
      notices.append(notice);
    };

    fieldset.addEventListener("input", (event) => {
      if (!event.target.closest("#rich")) changed();
    });
    section.addEventListener("click", (event) => {
      const format = event.target.closest("[data-format]:is(button)");
      if (format) void convert(format.dataset.format);
    });
    form.addEventListener("submit", (event) => {
      const { submitter } = event;
      if (submitter?.name !== "do" && submitter?.name !== "remove") return;
      event.preventDefault();
      if (submitter.name === "remove") void remove(submitter.value);
      else if (submitter.value === "save") {
        edits++;
        void save();
      } else void deliver(submitter);
    });
    const leave = () => {
      keepCopy();
      void save({ leaving: true });
    };
    const controller = new AbortController();
    document.addEventListener(
      "visibilitychange",
      () => {
        if (!section.isConnected) controller.abort();
        else if (document.hidden) leave();
      },
      { signal: controller.signal },
    );
    window.addEventListener("pagehide", leave, { signal: controller.signal });
    window.addEventListener("online", () => save(), { signal: controller.signal });

    // One may have begun to write before this began.
    const early = [...fieldset.querySelectorAll("[type=text], textarea")].some((one) => one.value !== one.defaultValue);
    beginEditor();
    const mine = kept.get(key());
    if (mine) fill(mine.values);
    else if (early) changed();
    else offerCopy();
    toolbarKeys(section);
  };

  /** The bar is one stop of the tab key; arrows go along it (WAI-ARIA toolbar pattern). */
  const toolbarKeys = (section) => {
    const items = () => [...section.querySelectorAll(".compose-bar > [tabindex], .compose-bar > * > [data-bar]")];
    const reach = (item) => {
      for (const one of items()) one.tabIndex = one === item ? 0 : -1;
    };
    reach(items()[0]);
    section.addEventListener("keydown", (event) => {
      const all = items();
      const here = all.indexOf(event.target);
      if (here < 0) return;
      const on = document.dir === "rtl" ? -1 : 1;
      const to = { ArrowRight: here + on, ArrowLeft: here - on, Home: 0, End: all.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const item = all[(to + all.length) % all.length];
      reach(item);
      item.focus();
    });
  };

  document.addEventListener("DOMContentLoaded", start);
})();
