/*
 * Files that go up to a draft: one after the other, each with its progress and a way to stop it. Only XMLHttpRequest tells how far a
 * request has come.
 */
window.letterFiles = ({ list, words, fields, address, parcels, token, arrived }) => {
  const TRIES = 10;
  const AGAIN_MS = 3_000;
  class Refused extends Error {}
  const linking = new Set();
  const waiting = [];
  const idle = [];
  let current = null;

  const line = (file, cancel) => {
    const item = document.createElement("li");
    item.className = "mail-attachment";
    const name = document.createElement("span");
    name.className = "mail-attachment-name";
    const said = document.createElement("bdi");
    said.className = "clip";
    said.textContent = file.name;
    const progress = document.createElement("progress");
    progress.max = 1;
    progress.value = 0;
    progress.setAttribute("aria-label", file.name);
    name.append(said, progress);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-quiet btn-small";
    button.textContent = words.cancel;
    button.addEventListener("click", cancel);
    item.append(name, button);
    list.append(item);
    return { item, progress };
  };

  const failed = (job, why) => {
    job.line.progress.remove();
    const sentence = document.createElement("span");
    sentence.className = "error small";
    sentence.setAttribute("role", "alert");
    sentence.textContent = words.failed.replace("{name}", job.file.name).replace("{why}", why);
    job.line.item.replaceChildren(sentence);
    window.setTimeout(() => job.line.item.remove(), 15_000);
    job.failed?.();
  };

  const next = () => {
    current = waiting.shift() ?? null;
    if (current !== null) transmit(current);
    else for (const settled of idle.splice(0)) settled();
  };

  const transmit = (job) => {
    const form = fields();
    for (const [name, value] of Object.entries(job.fields)) form.append(name, value);
    form.append(job.name, job.file, job.file.name);
    const request = new XMLHttpRequest();
    job.request = request;
    request.open("POST", `${address}?csrf=${encodeURIComponent(token)}`);
    request.setRequestHeader("hx-request", "true");
    request.upload.addEventListener("progress", ({ loaded, total }) => (job.line.progress.value = loaded / total));
    request.addEventListener("load", () => {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      if (request.status === 200) {
        job.line.item.remove();
        arrived(page);
        job.done?.();
      } else failed(job, page.querySelector(".toast p")?.textContent ?? words.unreachable);
      next();
    });
    request.addEventListener("abort", next);
    // Where the server is away for a moment, the file waits for it.
    request.addEventListener("error", () => {
      job.tries++;
      if (job.tries <= TRIES && !job.stopped) job.again = window.setTimeout(() => transmit(job), AGAIN_MS);
      else {
        failed(job, words.unreachable);
        next();
      }
    });
    request.send(form);
  };

  const stop = (job) => {
    job.stopped = true;
    job.line.item.remove();
    job.failed?.();
    window.clearTimeout(job.again);
    if (job !== current) waiting.splice(waiting.indexOf(job), 1);
    else if (job.request.readyState === XMLHttpRequest.DONE) next();
    else job.request.abort();
  };

  /** A file too large for a letter goes behind a link, in pieces; one that did not arrive is sent again. */
  const sendPieces = async (job) => {
    const ask = async (path, body, type) => {
      const headers = { "x-csrf-token": token, "hx-request": "true", ...(type && { "content-type": type }) };
      const answer = await fetch(path, { method: "POST", body, headers, signal: job.stopped.signal });
      if (answer.ok) return answer;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      throw new Refused(page.querySelector(".toast p")?.textContent ?? words.unreachable);
    };
    const { file } = job;
    const about = new URLSearchParams({ name: file.name, type: file.type, size: file.size });
    const { id, piece } = await (await ask(parcels, about)).json();
    job.address = `${parcels}/${id}`;
    for (let at = 0, failures = 0; at < file.size; ) {
      try {
        const part = file.slice(at, at + piece);
        at = (await (await ask(`${job.address}/piece?at=${at}`, part, "application/octet-stream")).json()).size;
        failures = 0;
        job.line.progress.value = at / file.size;
      } catch (error) {
        if (error instanceof Refused || job.stopped.signal.aborted || ++failures > TRIES) throw error;
        await new Promise((resolve) => window.setTimeout(resolve, failures * 1_000));
      }
    }
    const page = new DOMParser().parseFromString(await (await ask(`${job.address}/end`)).text(), "text/html");
    job.line.item.remove();
    job.done(page.body.firstElementChild);
  };

  return {
    /** Puts a file behind a link; `done` gets what stands in the letter. */
    link: (file, done) => {
      const job = { file, done, stopped: new AbortController() };
      job.line = line(file, () => {
        job.stopped.abort();
        job.line.item.remove();
        const headers = { "x-csrf-token": token };
        // Where it is not heard, the server drops the file by itself after a while.
        if (job.address) fetch(`${job.address}/drop`, { method: "POST", headers }).catch(() => undefined);
      });
      const mine = sendPieces(job).catch((error) => {
        if (!job.stopped.signal.aborted) failed(job, error instanceof Refused ? error.message : words.unreachable);
      });
      linking.add(mine);
      void mine.finally(() => linking.delete(mine));
    },
    /** Queues a file. `done` and `failed` hear how it went; `fields` go along. */
    add: (name, file, { fields: more = {}, done, failed: notDone } = {}) => {
      const job = { name, file, fields: more, done, failed: notDone, tries: 0 };
      job.line = line(file, () => stop(job));
      waiting.push(job);
      if (current === null) next();
    },
    /** Resolves when nothing is on its way any more. */
    whenIdle: async () => {
      await new Promise((settled) => (current === null ? settled() : idle.push(settled)));
      await Promise.all(linking);
    },
  };
};
