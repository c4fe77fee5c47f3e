/*
 * Passkeys in the browser. A form with data-passkey="get" or "create" and data-options (what the server asks for, JSON with octets in
 * base64url) asks the authenticator when it is sent, puts the answer into its field "credential", and goes on as any form does.
 * data-offered offers passkeys while the login name is typed; a field with data-like="#box" is sent where that box is ticked. Where the browser knows no passkeys, the forms stay hidden.
 */
(() => {
  const GAVE_UP = "No passkey was given. Try again, or use another way.";
  const KNOWN = "This device has a passkey for this account already.";

  const octets = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const read = (form) => {
    const options = JSON.parse(form.dataset.options);
    options.challenge = octets(options.challenge);
    if (options.user) options.user.id = octets(options.user.id);
    for (const one of [...(options.allowCredentials ?? []), ...(options.excludeCredentials ?? [])])
      one.id = octets(one.id);
    return options;
  };

  const written = ({ id, rawId, type, response, authenticatorAttachment }) => {
    const answer = { clientDataJSON: text(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) answer[name] = text(response[name]);
    }
    if (response.getTransports) answer.transports = response.getTransports();
    return JSON.stringify({ id, rawId: text(rawId), type, authenticatorAttachment, response: answer });
  };

  /** The request under way: a browser takes one at a time. */
  let asking;

  const ask = async (form, more = {}) => {
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    const request = { publicKey: read(form), signal: mine.signal, ...more };
    const credential = await navigator.credentials[form.dataset.passkey](request);
    form.elements.credential.value = written(credential);
    for (const field of form.querySelectorAll("[data-like]")) {
      field.disabled = document.querySelector(field.dataset.like)?.checked !== true;
    }
    form.requestSubmit();
  };

  const tell = (form, sentence) => {
    const place = form.querySelector("[data-passkey-problem]");
    if (place) place.textContent = sentence;
  };

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.matches("form[data-passkey]") || form.elements.credential.value !== "") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      tell(form, "");
      ask(form).catch((error) => {
        if (error.name !== "AbortError") tell(form, error.name === "InvalidStateError" ? KNOWN : GAVE_UP);
      });
    },
    true,
  );

  const prepare = () => {
    if (!window.PublicKeyCredential) return;
    for (const part of document.querySelectorAll("[data-passkeys][hidden]")) part.hidden = false;
  };

  document.addEventListener("htmx:after:swap", prepare);
  document.addEventListener("DOMContentLoaded", async () => {
    prepare();
    const form = document.querySelector("form[data-offered]");
    if (!form || !(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
    // Whoever does not choose one here types a password; then nothing has gone wrong.
    ask(form, { mediation: "conditional" }).catch(() => {});
  });
})();
