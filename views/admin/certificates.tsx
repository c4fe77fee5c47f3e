/** Certificates, and the own authority whose root devices install. */
import { CsrfField, type FieldErrors, FormActions, TextArea } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Badge, type Kind, Lamp, Moment, PageHead, Problem } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

/** One certificate. */
export interface CertificateLine {
  readonly id: string;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly own: boolean;
  readonly inUse: boolean;
  readonly notAfter: number;
  readonly fingerprint: string;
  readonly state: { readonly kind: Kind; readonly words: string };
}

/** What the page shows. */
export interface CertificatesPage {
  readonly certificates: readonly CertificateLine[];
  readonly root: { readonly fingerprint: string; readonly notAfter: number };
  readonly names: string;
  readonly chain: string;
  readonly issueErrors: FieldErrors;
  readonly uploadErrors: FieldErrors;
}

const Certificate = ({ certificate, now }: { certificate: CertificateLine; now: number }) => (
  <article class="panel" aria-label={certificate.names[0]}>
    <div class="panel-head">
      <h2 class="clip">{certificate.names[0] ?? "No name"}</h2>
      <span class="row">
        <Lamp kind={certificate.state.kind}>{certificate.state.words}</Lamp>
        {certificate.own ? null : (
          <a
            class="btn btn-quiet btn-small btn-icon"
            href={`/admin/certificates/${encodeURIComponent(certificate.id)}/remove`}
            hx-get={`/admin/certificates/${encodeURIComponent(certificate.id)}/remove`}
            hx-target="#dialog"
            aria-label="Remove this certificate"
          >
            <Icon name="trash" />
          </a>
        )}
      </span>
    </div>
    <dl class="facts facts-tight">
      <dt>Valid for</dt>
      <dd>{certificate.names.join(", ")}</dd>
      <dt>Signed by</dt>
      <dd>
        {certificate.issuer} {certificate.own ? <Badge>own authority</Badge> : null}
      </dd>
      <dt>Until</dt>
      <dd>
        <Moment at={certificate.notAfter} now={now} />
      </dd>
      <dt>SHA-256</dt>
      <dd class="mono small">{certificate.fingerprint}</dd>
    </dl>
  </article>
);

export const Certificates = ({ frame, page }: { frame: AdminFrame; page: CertificatesPage }) => (
  <Admin title="Certificates" frame={frame} place="certificates">
    <PageHead
      title="Certificates"
      lede="They show devices that they speak with this server and nobody else, and keep what is said private."
    />
    <div class="split">
      <div class="stack">
        {page.certificates.map((certificate) => (
          <Certificate certificate={certificate} now={frame.now} />
        ))}
        <form class="panel form" action="/admin/certificates/issue" method="post" id="issue">
          <CsrfField token={frame.csrf} />
          <h2>Make a new one here</h2>
          <TextArea
            label="Names and addresses"
            name="names"
            value={page.names}
            error={page.issueErrors.names}
            rows={4}
            mono
            hint="One a line: everything that devices use to reach this server. Signed by the own authority and used at once."
            attributes={{ spellcheck: "false" }}
          />
          <FormActions label="Make certificate" icon="certificate" plain />
        </form>
        <form
          class="panel form"
          action="/admin/certificates/upload"
          method="post"
          enctype="multipart/form-data"
          id="upload"
        >
          <CsrfField token={frame.csrf} />
          <h2>Use one from a public authority</h2>
          <Problem text={page.uploadErrors[""]} />
          <div class="fields">
            <div class="field">
              <label for="chainFile">Certificate and chain (PEM file)</label>
              <input class="input" type="file" id="chainFile" name="chainFile" accept=".pem,.crt,.cer,.txt" />
            </div>
            <div class="field">
              <label for="keyFile">Private key (PEM file)</label>
              <input class="input" type="file" id="keyFile" name="keyFile" accept=".pem,.key,.txt" />
            </div>
          </div>
          <details class="fold">
            <summary>Or paste them</summary>
            <div class="stack">
              <TextArea
                label="Certificate and chain"
                name="chain"
                value={page.chain}
                rows={4}
                mono
                error={page.uploadErrors.chain}
              />
              <TextArea label="Private key" name="key" rows={4} mono error={page.uploadErrors.key} />
            </div>
          </details>
          <FormActions label="Use this certificate" icon="upload" plain />
        </form>
      </div>
      <section class="panel stack" aria-labelledby="root">
        <h2 id="root">The own authority</h2>
        <p class="muted">
          Install its root certificate once on every phone and computer; then certificates made here are trusted without
          a warning.
        </p>
        <div>
          <a class="btn btn-primary" href="/ca.crt" download>
            <Icon name="download" />
            Root certificate
          </a>
        </div>
        <dl class="facts facts-tight">
          <dt>Until</dt>
          <dd>
            <Moment at={page.root.notAfter} now={frame.now} />
          </dd>
        </dl>
        <p class="mono small fingerprint">{page.root.fingerprint}</p>
        <p class="hint">
          Compare this SHA-256 fingerprint with what the device shows, if the certificate travelled over a network you
          do not trust.
        </p>
      </section>
    </div>
  </Admin>
);
