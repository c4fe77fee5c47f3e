/** What services on the floor above the administration let it see and do, handed in as interfaces. */
import type { CacheOffice } from "../administration/parts.ts";

/** The web proxy's cache, as long as nothing is kept. */
export const emptyCache: CacheOffice = {
  statistics: () => ({
    ...{ entries: 0, memoryOctets: 0, diskOctets: 0 },
    ...{ requests: 0, hits: 0, validated: 0, savedOctets: 0 },
  }),
  purge: () => Promise.resolve(0),
};
