/**
 * The pages that the web proxy itself answers with: why something was not fetched, a rule's warning, what the proxy is. Pure. They stand
 * on the origin of whatever was asked for, so they load nothing, run nothing, and say nothing that is not written into them here.
 */
import { raw } from "hono/html";
import type { PropsWithChildren } from "hono/jsx";

/** What a page says. */
export interface ProxyPageValues {
  readonly title: string;
  /** What happened, in plain words. */
  readonly sentence: string;
  /** What to do next, a paragraph each. */
  readonly advice: readonly string[];
  /** What was asked for. */
  readonly address?: string | undefined;
  /** A way on, after a warning: a form that is sent to the proxied host itself, where the proxy takes it. */
  readonly goOn?: { readonly action: string; readonly token: string; readonly path: string } | undefined;
}

const STYLE = `
:root{color-scheme:light dark;--paper:#f1f4f0;--card:#fff;--ink:#1c2420;--soft:#5b6860;--line:#d5dcd4;--green:#1f6f4a}
@media(prefers-color-scheme:dark){:root{--paper:#0f1512;--card:#18201c;--ink:#e3e9e4;--soft:#9aa8a0;--line:#2c3731;--green:#7cc9a0}}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
main{max-width:36rem;margin:12vh auto 2rem;padding:2rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
h1{margin:0 0 .75rem;font-size:1.4rem;line-height:1.25}p{margin:.6rem 0}
.address{overflow-wrap:anywhere;color:var(--soft);font-family:ui-monospace,monospace;font-size:.9rem}
button{margin-top:.75rem;padding:.55rem 1.1rem;border:0;border-radius:.5rem;background:var(--green);color:var(--card);font:inherit;cursor:pointer}
footer{max-width:36rem;margin:0 auto;padding:0 2rem;color:var(--soft);font-size:.85rem}`;

/** The frame of every page of the web proxy. `style` comes behind its own. */
export const ProxyFrame = ({ title, style = "", children }: PropsWithChildren<{ title: string; style?: string }>) => (
  <>
    {raw("<!doctype html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · Gatepost`}</title>
        <style>{raw(`${STYLE}${style}`)}</style>
      </head>
      <body>
        <main>{children}</main>
        <footer>This page comes from Gatepost, the web proxy of your network.</footer>
      </body>
    </html>
  </>
);

const Page = ({ title, sentence, advice, address, goOn }: ProxyPageValues) => (
  <ProxyFrame title={title}>
    <h1>{title}</h1>
    <p>{sentence}</p>
    {address !== undefined && <p class="address">{address}</p>}
    {advice.map((line) => (
      <p>{line}</p>
    ))}
    {goOn && (
      <form method="post" action={goOn.action}>
        <input type="hidden" name="token" value={goOn.token} />
        <input type="hidden" name="path" value={goOn.path} />
        <button type="submit">Go on all the same</button>
      </form>
    )}
  </ProxyFrame>
);

/** A page as text. */
export function proxyPage(values: ProxyPageValues): string {
  return Page(values).toString();
}
