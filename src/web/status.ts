/** The HTTP status (RFC 9110 §15) of each kind of refusal, for pages and for programs. */
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { RefusalKind } from "../refusal.ts";

export const STATUS: Readonly<Record<RefusalKind, ContentfulStatusCode>> = {
  invalid: 400,
  notFound: 404,
  exists: 409,
  notPermitted: 403,
  unknownRecipient: 422,
  relayDenied: 403,
  senderRefused: 403,
  tooLarge: 413,
  tooMany: 429,
  overQuota: 507,
  loop: 422,
  credentials: 401,
  barred: 429,
  expired: 403,
  inUse: 409,
  newerFile: 503,
  noSpace: 507,
  temporary: 503,
};
