/** What a site below the front is, and what it is made with. */
import type { Hono } from "hono";
import type { Sessions } from "../auth/sessions.ts";
import { ADMINISTRATOR } from "../directory/permissions.ts";
import type { User } from "../directory/user.ts";
import type { ExtraAsset } from "./assets.ts";
import type { Client, Connected, WebContext, WebEnv } from "./context.ts";
import type { Cookies } from "./cookies.ts";
import type { WebDeps } from "./deps.ts";
import type { LivePages } from "./live-pages.ts";

/** What a site is made with. */
export interface Front {
  readonly deps: WebDeps;
  readonly sessions: Sessions;
  readonly cookies: Cookies;
  readonly livePages: LivePages;
}

/** A request before anything else was made of it. */
export interface Arrival {
  readonly request: Request;
  readonly connected: Connected;
  readonly client: Client;
}

/** A request of which nothing was read. */
export interface HeadArrival {
  readonly head: string;
  readonly connected: Connected;
  /** The client's address. */
  readonly address: string;
}

/** A site below the front. */
export interface Site {
  /** Where it is mounted, such as "/admin". */
  readonly path: string;
  readonly app: Hono<WebEnv>;
  /** The largest request body it takes, in octets, where forms' own limit is not enough; files come as multipart. */
  readonly largestBody?: (multipart: boolean, path: string) => number;
  /**
   * For sites that programs use and no browser: it says what they are told where something was refused or went wrong. Such a site gets
   * no session, and what it is sent need not prove that it came from a page; it asks itself who sends it.
   */
  readonly forPrograms?: (c: WebContext, thrown: unknown) => Response;
  /**
   * For a site whose addresses are not below one path: answers a request that is its own, and gives undefined for others. It is asked
   * before anything looks for a session or sets a cookie; access rules and what guards the answer are its own matter.
   */
  readonly takes?: (arrival: Arrival) => Response | Promise<Response> | undefined;
  /**
   * The same for a request of which only the head is known, as the client itself sent it: the octets of an answer that is ready; undefined
   * where there is none, and `takes` is asked.
   */
  readonly ready?: (arrival: HeadArrival) => Uint8Array | undefined;
  /** Files that it brings along; `AssetShelf.address` finds them by name. */
  readonly assets?: readonly ExtraAsset[];
}

/** Where a person lands after signing in: webmail, or the administration for those who have only that. */
export const startOf = (user: User): string =>
  !user.webmail && user.permissions.has(ADMINISTRATOR) ? "/admin" : "/mail";
