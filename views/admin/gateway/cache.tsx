/** The web proxy's cache: what it holds and how much it helps, removing what is kept, and whether it keeps anything. */
import { CsrfField, EXACT, type FieldErrors, FormActions, TextField } from "../../parts/forms.tsx";
import { Notice, PageHead, Problem, sizeWords } from "../../parts/telling.tsx";
import { AskToRemove } from "../confirm.tsx";
import { Admin, type AdminFrame } from "../frame.tsx";
import { Figure, numberWords, shareWords } from "./parts.tsx";

export const CACHE = "/admin/gateway/cache";

export interface CachePage {
  readonly entries: number;
  readonly memoryOctets: number;
  readonly diskOctets: number;
  readonly requests: number;
  readonly hits: number;
  readonly validated: number;
  readonly savedOctets: number;
  /** Whether answers are kept; undefined where there is no such setting. */
  readonly enabled: boolean | undefined;
  readonly typed: string;
  readonly errors: FieldErrors;
}

export const Cache = ({ frame, page }: { frame: AdminFrame; page: CachePage }) => (
  <Admin title="Cache" frame={frame} place="gateway/cache">
    <PageHead
      title="Cache"
      lede="What the web proxy keeps of public pages and files, so that they need not be fetched twice. Encrypted pages (https) pass through and are never kept."
    >
      {page.enabled === undefined ? null : (
        <a class="btn" href="/admin/settings/proxyCache">
          Settings
        </a>
      )}
    </PageHead>
    <div class="stack stack-l">
      {page.enabled === false ? (
        <Notice kind="info" title="The cache is switched off">
          <p>
            Every page is fetched anew. <a href="/admin/settings/proxyCache">Switch it on in the settings</a>
          </p>
        </Notice>
      ) : null}
      <section class="panel" aria-labelledby="cache-figures">
        <div class="panel-head">
          <h2 id="cache-figures">Since the server started</h2>
        </div>
        <div class="figures figures-end">
          <Figure value={numberWords(page.entries)} label="answers kept" />
          <Figure value={sizeWords(page.memoryOctets)} label="in memory" />
          <Figure value={sizeWords(page.diskOctets)} label="on disk" />
          <Figure
            value={shareWords(page.hits + page.validated, page.requests)}
            label="of requests answered from here"
          />
          <Figure value={sizeWords(page.savedOctets)} label="not fetched again" />
        </div>
      </section>
      <div class="split">
        <form class="panel form" action={`${CACHE}/purge`} method="post">
          <CsrfField token={frame.csrf} />
          <h2>Remove what is kept of an address</h2>
          <Problem text={page.errors[""]} />
          <TextField
            label="Address or host"
            name="what"
            value={page.typed}
            error={page.errors.what}
            required
            hint="http://example.org/page for one address, example.org for everything of that host."
            attributes={{ ...EXACT, inputmode: "url" }}
          />
          <FormActions label="Remove" plain />
        </form>
        <section class="panel stack">
          <h2>Remove everything</h2>
          <p class="hint">Nothing is lost: pages are fetched anew when somebody asks for them.</p>
          <p>
            <AskToRemove href={`${CACHE}/purge/all`} label="Empty the cache" />
          </p>
        </section>
      </div>
    </div>
  </Admin>
);
