/** What may be seen and changed of the gateway: web proxy and SOCKS, the FTP service, home pages. */
import { showAddresses } from "./addresses.ts";
import { cacheOperations } from "./cache.ts";
import { ftpOperations } from "./ftp.ts";
import { peopleGroupOperations } from "./groups.ts";
import { limitOperations } from "./limits.ts";
import { hostListOperations } from "./lists.ts";
import { pageOperations } from "./pages.ts";
import { ruleOperations } from "./rules.ts";
import { shareOperations } from "./shares.ts";
import { storageOperations } from "./storage.ts";
import { trafficOperations } from "./traffic.ts";
import { tryTrip } from "./try.ts";
import { upstreamOperations } from "./upstreams.ts";

export const gatewayOperations = [
  showAddresses,
  ...ruleOperations,
  tryTrip,
  ...hostListOperations,
  ...peopleGroupOperations,
  ...limitOperations,
  ...upstreamOperations,
  ...trafficOperations,
  ...cacheOperations,
  ...shareOperations,
  ...storageOperations,
  ...ftpOperations,
  ...pageOperations,
] as const;
