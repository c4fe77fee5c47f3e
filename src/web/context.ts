/** What a request carries through the web sites: the client, who is signed in, and the frame of its pages. */
import type { Context } from "hono";
import type { Frame } from "../../views/layout.tsx";
import type { Actor } from "../administration/actor.ts";
import type { Session } from "../auth/sessions.ts";
import type { User } from "../directory/user.ts";
import type { AssetShelf } from "./assets.ts";

/** What the server knows about a connection, before any header is believed. */
export interface Connected {
  readonly address: string;
  /** The connection itself is TLS. */
  readonly secure: boolean;
  /** Keeps the connection although nothing is sent for long, for an answer that takes much work. */
  readonly patience?: () => void;
  /** Has a part of an open file sent as the body, and the file closed; gives what stands for it in the answer. */
  readonly fileBody?: FileBody;
  /** The head of the request as it came, where its answer is written to the connection itself. */
  readonly head?: string;
}

/** Octets of an open file from `start` up to, and without, `end`. */
export interface FilePart {
  readonly fd: number;
  readonly start: number;
  readonly end: number;
  readonly close: () => Promise<void>;
}

/** How a connection sends a part of a file. */
export type FileBody = (part: FilePart) => Blob | null;

/** The client, after the headers of listed proxies were believed. */
export interface Client {
  readonly address: string;
  /** The browser speaks TLS, to us or to a listed proxy. */
  readonly secure: boolean;
  readonly loopback: boolean;
}

/** Who is signed in. */
export interface SignedIn {
  readonly user: User;
  readonly session: Session;
}

/** Hono's types for every site. */
export interface WebEnv {
  Bindings: { readonly connected: Connected; readonly client: Client };
  Variables: {
    trace: string;
    client: Client;
    signedIn: SignedIn | undefined;
    /** The anti-forgery token of this request: the session's, or the visitor's where nobody is signed in. */
    csrf: string;
    assets: AssetShelf;
    /** Makes the frame for a page, taking the message that waits for it. */
    frame: () => Frame;
  };
}

export type WebContext = Context<WebEnv>;

/** The signed-in user; only behind `requireUser`, which has made sure of it. */
export const signedIn = (c: WebContext): SignedIn => {
  const who = c.get("signedIn");
  if (who === undefined) throw new Error("a page for users was reached without one");
  return who;
};

/** Who asks, for `administration.perform`; only behind `requireUser`. */
export const actorOf = (c: WebContext): Actor => {
  const { user, session } = signedIn(c);
  return { kind: "user", user, via: "web", remote: c.get("client").address, session: session.id };
};

/** Whether htmx asks for a fragment, so that the route may leave the frame out. */
export const wantsFragment = (c: WebContext): boolean =>
  c.req.header("hx-request") === "true" && c.req.header("hx-request-type") === "partial";

/** Sends the browser on after a form (303), also when htmx sent it. `to` is a path on this site. */
export const sendOn = (c: WebContext, to: string): Response => {
  if (c.req.header("hx-request") !== "true") return c.redirect(to, 303);
  c.header("HX-Redirect", to);
  return c.body(null, 204);
};

/** A path on this site from what a form or link says, or `otherwise`: never another server's address. */
export const localPath = (wanted: string | undefined, otherwise: string): string => {
  if (wanted === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted) || wanted.includes("\\")) return otherwise;
  return wanted;
};
