/** Where a browser believes to be, as far as passkeys care (W3C WebAuthn §5.1.2): a name, over a connection nobody reads. */

import { key } from "../../views/words/words.ts";
import type { Site } from "../auth/factors/factors.ts";
import { parseAddress } from "../net/access.ts";
import type { WebContext } from "./context.ts";

/** Why passkeys cannot be used at this address. */
export const NO_PASSKEYS = key(
  "Passkeys need this server's name in the address bar and a secure connection (https); at an address made of numbers they do not work.",
);

/**
 * The site of a request; undefined where it can have no passkeys. A proxy in front must pass on the header Host: an answer is good only
 * for the name in the browser's own address bar.
 */
export const passkeySite = (c: WebContext): Site | undefined => {
  const url = new URL(c.req.url);
  const header = c.req.header("host") ?? url.host;
  if (!/^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/.test(header)) return undefined;
  const [host = "", port] = header.toLowerCase().split(":");
  const { secure } = c.get("client");
  if (parseAddress(host) !== undefined || !(secure || host === "localhost")) return undefined;
  const standard = secure ? "443" : "80";
  const suffix = port === undefined || port === standard ? "" : `:${port}`;
  return { host, origin: `${secure ? "https" : "http"}://${host}${suffix}` };
};
