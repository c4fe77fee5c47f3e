/** The records of a domain in the DNS: what each should say, whether the world sees it, and the keys that sign its mail. */
import { Lines, Value } from "../parts/copied.tsx";
import { ActionButton } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Badge, type Kind, Lamp, Moment, Notice, PageHead } from "../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

/** One record. */
export interface RecordLine {
  readonly name: string;
  /** The name as the forms of most providers want it. */
  readonly host: string;
  readonly type: string;
  /** "" where only the reader knows. */
  readonly value: string;
  readonly zone: string;
  readonly purpose: string;
  readonly need: "needed" | "recommended" | "optional";
  readonly state: "right" | "missing" | "wrong" | "unknown";
  readonly found: readonly string[];
  readonly sentence: string;
}

/** One key. Times are epoch milliseconds. */
export interface SigningKeyLine {
  readonly selector: string;
  readonly algorithm: "rsa-sha256" | "ed25519-sha256";
  readonly state: "new" | "signing" | "retired";
  readonly problem: string;
  readonly createdAt: number;
  readonly usedAt: number | null;
  readonly removableAt: number | null;
}

export interface DomainDnsPage {
  /** The name that was looked at. */
  readonly domain: string;
  readonly displayName: string;
  /** The domain and its further names. */
  readonly names: readonly string[];
  readonly records: readonly RecordLine[];
  readonly keys: readonly SigningKeyLine[];
}

const STATES: Readonly<Record<RecordLine["state"], { readonly kind: Kind; readonly words: string }>> = {
  right: { kind: "ok", words: "right" },
  missing: { kind: "warn", words: "missing" },
  wrong: { kind: "danger", words: "wrong" },
  unknown: { kind: "off", words: "not known" },
};

const lampOf = ({ state, need }: RecordLine) =>
  state === "missing" && need === "optional" ? { kind: "off" as const, words: "not there" } : STATES[state];

const isOpen = ({ state, need }: RecordLine): boolean =>
  state === "wrong" || (state === "missing" && need !== "optional");

const RecordItem = ({ record, at }: { record: RecordLine; at: number }) => {
  const lamp = lampOf(record);
  const form = record.type === "MX" ? /^(\d+) (.*)$/.exec(record.value) : null;
  return (
    <li>
      <div class="row">
        <Lamp kind={lamp.kind}>{lamp.words}</Lamp>
        {record.need === "optional" ? <Badge>optional</Badge> : null}
      </div>
      <span class="two">
        <span class="strong wraps">{`${record.type} ${record.name}`}</span>
        <span class="muted small wraps">{record.purpose}</span>
      </span>
      <p class="small wraps">{record.sentence}</p>
      <details class="fold" open={isOpen(record)}>
        <summary>{record.state === "right" ? "What it says" : "What to enter"}</summary>
        <dl class="facts facts-copied">
          {record.found.length > 0 ? (
            <>
              <dt>In the DNS now</dt>
              {record.found.map((one) => (
                <dd>
                  <code class="wraps">{one}</code>
                </dd>
              ))}
            </>
          ) : null}
          {record.value === "" ? null : (
            <>
              <Value id={`name-${at}`} label="Name" text={record.host} />
              <dt>Type</dt>
              <dd>{record.type}</dd>
              {form === null ? null : (
                <>
                  <dt>Priority</dt>
                  <dd>{form[1]}</dd>
                </>
              )}
              <Value id={`value-${at}`} label="Value" text={form?.[2] ?? record.value} />
            </>
          )}
        </dl>
      </details>
    </li>
  );
};

const KEY_STATES: Readonly<Record<SigningKeyLine["state"], { readonly kind: Kind; readonly words: string }>> = {
  signing: { kind: "ok", words: "signs" },
  new: { kind: "warn", words: "waits for its record" },
  retired: { kind: "off", words: "replaced" },
};

const aboutKey = (key: SigningKeyLine, now: number) => {
  if (key.state === "retired" && key.removableAt !== null) {
    if (key.removableAt <= now) return "Remove its record from the DNS.";
    return (
      <>
        {"Keep its record in the DNS until "}
        <Moment at={key.removableAt} now={now} />.
      </>
    );
  }
  if (key.problem !== "") return key.problem;
  return (
    <>
      {key.usedAt === null ? "Made " : "Signs since "}
      <Moment at={key.usedAt ?? key.createdAt} now={now} />
    </>
  );
};

const KeyItem = ({ one, here, frame }: { one: SigningKeyLine; here: string; frame: AdminFrame }) => {
  const { kind, words } = KEY_STATES[one.state];
  const at = `${here}/dkim/${encodeURIComponent(one.selector)}`;
  return (
    <li>
      <div class="spread">
        <span class="two">
          <span class="strong wraps">{one.selector}</span>
          <span class="muted small">{one.algorithm === "rsa-sha256" ? "RSA, 2048 bits" : "Ed25519"}</span>
        </span>
        <Lamp kind={kind}>{words}</Lamp>
      </div>
      <p class="muted small wraps">{aboutKey(one, frame.now)}</p>
      {one.state === "signing" ? null : (
        <div class="row row-s">
          {one.state === "new" ? (
            <ActionButton action={`${at}/use`} csrf={frame.csrf} label="Use all the same" about={one.selector} />
          ) : null}
          <ActionButton action={`${at}/remove`} csrf={frame.csrf} label="Forget" about={one.selector} />
        </div>
      )}
    </li>
  );
};

const KeysPanel = ({ page, here, frame }: { page: DomainDnsPage; here: string; frame: AdminFrame }) => (
  <section class="panel stack" aria-labelledby="keys">
    <h2 id="keys">Keys that sign mail</h2>
    <p class="muted">
      Mail that people of this domain send is signed (DKIM), so that others can see that it is theirs. A new key signs
      once its record is in the DNS, which is looked for once an hour.
    </p>
    {page.keys.length === 0 ? (
      <p class="hint">There is none yet. One pair is made by itself within the hour.</p>
    ) : (
      <ul class="bars">
        {page.keys.map((one) => (
          <KeyItem one={one} here={here} frame={frame} />
        ))}
      </ul>
    )}
    <div class="row">
      <ActionButton action={`${here}/dkim/check`} csrf={frame.csrf} label="Look for the records now" class="btn" />
      <ActionButton action={`${here}/dkim`} csrf={frame.csrf} label="Make new keys" class="btn" />
    </div>
  </section>
);

const Summary = ({ records }: { records: readonly RecordLine[] }) => {
  const open = records.filter(isOpen);
  if (open.length > 0) {
    const many = open.length === 1 ? "One record needs" : `${open.length} records need`;
    return (
      <Notice kind="warn" title={`${many} you`}>
        <p>
          Enter them where the domain's name servers are looked after: mostly at the company that sold you the name.
        </p>
      </Notice>
    );
  }
  if (records.some(({ state, need }) => state === "unknown" && need !== "optional")) {
    return (
      <Notice kind="info" title="Not all could be looked at">
        <p>No name server answered some of the questions. Look again later.</p>
      </Notice>
    );
  }
  return (
    <Notice kind="ok">
      <p>Everything that mail needs is in the DNS.</p>
    </Notice>
  );
};

export const DomainDns = ({ frame, page }: { frame: AdminFrame; page: DomainDnsPage }) => {
  const [first = page.domain, ...others] = page.names;
  const here = `/admin/domains/${encodeURIComponent(first)}`;
  const zone = page.records.flatMap((record) => (record.zone === "" ? [] : [record.zone])).join("\n");
  return (
    <Admin title={`DNS of ${page.domain}`} frame={frame} place="domains">
      <Crumbs href={here} label={page.displayName} here="DNS records" />
      <PageHead title={`DNS of ${page.domain}`} lede="What must stand in the DNS, and whether the world sees it.">
        <a class="btn" href={`/admin/domains/${encodeURIComponent(page.domain)}/dns`}>
          <Icon name="restore" />
          Look again
        </a>
      </PageHead>
      {others.length === 0 ? null : (
        <nav class="row wraps" aria-label="Names of this domain">
          {page.names.map((name) => (
            <a
              class="btn btn-small"
              href={`/admin/domains/${encodeURIComponent(name)}/dns`}
              aria-current={name === page.domain ? "page" : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
      )}
      <div class="stack">
        <Summary records={page.records} />
        <section class="panel stack" aria-labelledby="records">
          <h2 id="records">Records</h2>
          <ul class="bars">
            {page.records.map((record, at) => (
              <RecordItem record={record} at={at} />
            ))}
          </ul>
          <details class="fold">
            <summary>As lines of a zone file</summary>
            <Lines id="zone" text={zone} about="all lines" />
          </details>
        </section>
        <KeysPanel page={page} here={here} frame={frame} />
      </div>
    </Admin>
  );
};
