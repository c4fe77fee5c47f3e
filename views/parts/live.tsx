/** Lists that fetch themselves anew when the server says that something changed (src/web/admin/live.ts). */

/** Where the page listens. */
export const LiveEvents = ({ at }: { at: string }) => <div id="live" hx-sse:connect={at} hidden />;

/** What a list with the id "list" needs for it. `live` says that nobody asked: it must not keep a session alive that nobody uses. */
export const renewedBy = (href: string) => ({
  "hx-get": `${href}${href.includes("?") ? "&" : "?"}live=1`,
  "hx-trigger": "changed from:#live",
  "hx-select": "#list",
  "hx-swap": "outerMorph",
  "hx-target": "this",
  "hx-sync": "this:replace",
});
