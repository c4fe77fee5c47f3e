/** What may be seen and changed of the gateway: web proxy and SOCKS, the FTP service, home pages. */
import { showAddresses } from "./addresses.ts";
import { cacheOperations } from "./cache.ts";
import { ftpOperations } from "./ftp.ts";

export const gatewayOperations = [showAddresses, ...cacheOperations, ...ftpOperations] as const;
