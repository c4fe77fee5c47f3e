/**
 * All web sites behind one front. Loaded when the first request comes: many servers run for weeks before somebody opens a page. Their
 * code is read piece by piece, so that the other services go on between.
 */
import type { Web } from "./app.tsx";
import type { WebDeps } from "./deps.ts";

/** Lets everything else that waits have its turn. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Builds the front with all sites. */
export async function createSites(deps: WebDeps): Promise<Web> {
  await import("../administration/operations.ts");
  await turn();
  const { createWeb } = await import("./app.tsx");
  await turn();
  const { apiSite } = await import("./api/api.ts");
  await turn();
  const { setupSite } = await import("./setup/setup.tsx");
  await turn();
  const { adminSite } = await import("./admin/admin.tsx");
  await turn();
  const { webmailSites } = await import("./webmail/webmail.tsx");
  await turn();
  const { homePages } = await import("./homepages/homepages.ts");
  await turn();
  const { davSite } = await import("./homepages/dav/dav.ts");
  await turn();
  return createWeb(deps, (front) => [
    ...[
      homePages(front, { scripts: deps.pageScripts }),
      davSite(front),
      apiSite(front),
      setupSite(front),
      adminSite(front),
      ...webmailSites(front),
    ],
  ]);
}
