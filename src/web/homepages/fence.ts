/**
 * What keeps home pages away from the administration and webmail, which have the same host name (docs/homepages.md).
 *
 * Every answer below /~login/ is a document in a sandbox: its origin is opaque, so it has no cookies and no storage of this host, may read
 * nothing of it, and registers no service worker. Seen from the other side, pages of the administration must not take a home page's file
 * for a script of their own: their policy allows scripts of their origin, and a file at /~anna/x.js has its address there.
 */

/**
 * HTML's sandbox without allow-same-origin (Content Security Policy 3 §6.2.2). Windows that a page opens are not in it, since they have
 * the origin of what they show, and a home page shown there is in its own.
 */
const SANDBOX =
  "sandbox allow-scripts allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-downloads";

/** For pages of the server's own that stand in for a home page: listings and errors. */
export const OWN_POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'";

/** For files that are handed to programs: nothing in them runs. */
export const NOTHING_RUNS = "sandbox; default-src 'none'";

const PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";

/** Sets what guards the host, whatever stood there before. On a host name of the owner's own the origin is the guard. */
export const fenceIn = (headers: Headers, ownHost: boolean): void => {
  headers.set("x-content-type-options", "nosniff");
  if (ownHost) return;
  const policy = headers.get("content-security-policy");
  headers.set("content-security-policy", policy === null ? SANDBOX : `${SANDBOX}, ${policy}`);
  headers.set("permissions-policy", PERMISSIONS);
  // A script must not set what the server's own pages would be sent, nor open what they keep shut.
  for (const name of ["set-cookie", "clear-site-data", "strict-transport-security", "service-worker-allowed"])
    headers.delete(name);
};

/**
 * Whether a request on the main host comes from one of the server's own pages and is for no window: Fetch Metadata says "same-origin" of
 * them alone, since home pages are of an opaque origin. And nothing there is ever a service worker.
 */
export const comesFromOwnPages = (headers: Headers): boolean => {
  if (headers.has("service-worker")) return true;
  const destination = headers.get("sec-fetch-dest");
  return headers.get("sec-fetch-site") === "same-origin" && destination !== null && destination !== "document";
};
