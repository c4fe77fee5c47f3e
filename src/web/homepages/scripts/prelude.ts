/**
 * What a page finds in QuickJS: `request`, `response`, `store`, `mail` and a few functions, written in JavaScript and run there before
 * the page. All it can reach outside are four functions that take and give texts; whatever they are told is checked again by who
 * answers (host.ts), since a page may call them as it likes, through these objects or around them.
 */
import { MOST_COOKIES } from "./answering.ts";
import { CALLS } from "./program.ts";

/** A function expression: called with the outside's functions and the request, it gives back what tells the outcome. */
export const PRELUDE = String.raw`(function (ask, write, writeText, include, requestText) {
"use strict";
const { parse, stringify } = JSON;
const { freeze, create, defineProperty, entries } = Object;
const given = parse(requestText);

// A null or a missing value is written as nothing.
const text = (value) => (value === null || value === undefined ? "" : "" + value);
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const html = (value) => text(value).replace(/[&<>"']/g, (sign) => ENTITIES[sign]);
// Fit for a script element, too.
const json = (value) => text(stringify(value)).replace(/[<>&\u2028\u2029]/g, (sign) => "\\u" + sign.charCodeAt(0).toString(16).padStart(4, "0"));

const question = (about, ...values) => {
  const answer = parse(ask(about, stringify(values)));
  if (answer.refused !== undefined) throw new Error(answer.refused);
  return answer.value;
};

const first = (pairs) => {
  const object = create(null);
  for (const [name, value] of pairs) if (!(name in object)) object[name] = value;
  return freeze(object);
};
const all = (pairs, name) => pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]);

const query = given.query, form = given.form;
const headers = first(given.headers);
const request = freeze({
  method: given.method,
  url: given.url,
  path: given.path,
  base: given.base,
  remote: given.remote,
  secure: given.secure,
  time: given.time,
  headers,
  header: (name) => headers[text(name).toLowerCase()],
  query: first(query),
  queryAll: (name) => all(query, text(name)),
  form: first(form),
  formAll: (name) => all(form, text(name)),
  cookies: first(given.cookies ?? []),
});

class End extends Error {
  constructor() {
    super("The page ended here.");
  }
}
const ended = new End();
const answer = { status: 200, headers: [], cookies: [] };
const end = () => {
  throw ended;
};

const setHeader = (name, value) => {
  const key = text(name).toLowerCase();
  answer.headers = answer.headers.filter((pair) => pair[0] !== key);
  if (value !== null && value !== undefined) answer.headers.push([key, text(value)]);
};
const response = freeze({
  status: (code) => {
    answer.status = question("response.status", +code);
  },
  header: (name, value) => {
    question("response.header", text(name), text(value));
    setHeader(name, value);
  },
  type: (value) => response.header("Content-Type", value),
  redirect: (to, status = 303) => {
    setHeader("location", question("response.redirect", text(to), +status));
    answer.status = +status;
    end();
  },
  cookie: (name, value, options = {}) => {
    if (answer.cookies.length >= ${MOST_COOKIES}) throw new Error("A page sets at most ${MOST_COOKIES} cookies.");
    answer.cookies.push(question("response.cookie", text(name), text(value), options));
  },
  clearCookie: (name, options = {}) => response.cookie(name, "", { path: options.path, maxAge: 0 }),
  end,
});

const decode = (value) => (value === null || value === undefined ? undefined : parse(value));
const encode = (value) => {
  const encoded = stringify(value);
  if (encoded === undefined) throw new TypeError("This value cannot be kept: only what JSON knows can.");
  return encoded;
};
const store = freeze({
  get: (key, otherwise) => {
    const value = decode(question("store.get", text(key)));
    return value === undefined ? otherwise : value;
  },
  has: (key) => typeof question("store.get", text(key)) === "string",
  set: (key, value) => {
    question("store.set", text(key), encode(value));
  },
  add: (key, value) => question("store.add", text(key), encode(value)),
  increment: (key, by = 1) => question("store.increment", text(key), +by),
  delete: (key) => question("store.delete", text(key)),
  list: (prefix = "", options = {}) =>
    question("store.list", text(prefix), {
      limit: options.limit,
      after: options.after === undefined ? undefined : text(options.after),
      reverse: options.reverse === true,
    }).map((row) => ({ key: row[0], value: parse(row[1]) })),
  update: (key, change) => {
    for (let tries = 0; tries < 20; tries++) {
      const before = question("store.get", text(key));
      const value = change(decode(before));
      const after = value === undefined ? null : encode(value);
      if (question("store.swap", text(key), before ?? null, after)) return value;
    }
    throw new Error("This value is changed by too many at once; try again.");
  },
});

const mail = freeze({
  send: (letter) => {
    const { subject, text: words, replyTo, name } = Object(letter);
    question("mail.send", { subject: text(subject), text: text(words), replyTo: text(replyTo), name: text(name) });
  },
});

const notes = [];
const shown = (value) => {
  if (typeof value === "string") return value;
  if (value instanceof Error) return value.name + ": " + value.message;
  try {
    return stringify(value) ?? text(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
};
const log = (...values) => {
  if (notes.length < 20) notes.push(values.map(shown).join(" ").slice(0, 500));
};

const echo = (...values) => {
  for (const value of values) write(text(value));
};
const offered = {
  request, response, store, mail, html, json, echo, write: echo,
  console: freeze({ log, info: log, warn: log, error: log, debug: log }),
  token: () => question("token"),
  include: (name) => include(text(name)),
  exit: end,
  ${CALLS.text}: (index) => writeText(index),
  ${CALLS.escaped}: (value) => write(html(value)),
  ${CALLS.raw}: (value) => write(text(value)),
  ${CALLS.include}: (name) => include(text(name)),
};
for (const [name, value] of entries(offered)) defineProperty(globalThis, name, { value, writable: false, configurable: false, enumerable: false });

const described = (thrown) => {
  const part = (name, most) => {
    try {
      return text(thrown[name]).slice(0, most);
    } catch {
      return "";
    }
  };
  if (thrown === null || typeof thrown !== "object") return { message: shown(thrown).slice(0, 2000), stack: "" };
  const [name, message] = [part("name", 200), part("message", 2000)];
  return { message: name === "" ? message || shown(thrown).slice(0, 2000) : name + ": " + message, stack: part("stack", 8000) };
};

return {
  describe: (thrown) => stringify(thrown === ended ? { end: true, notes } : { ...described(thrown), notes }),
  outcome: () => stringify({ ...answer, notes }),
};
})`;
