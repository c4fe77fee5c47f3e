/** The first start's four questions. Each is a page of its own; the answers so far are on the server. */
import type { PropsWithChildren } from "hono/jsx";
import type { Frame } from "../layout.tsx";
import { Choices, CsrfField, EXACT, type FieldErrors, Select, TextArea, TextField } from "../parts/forms.tsx";
import { Gate } from "../parts/gate.tsx";
import { Icon } from "../parts/icon.tsx";
import { NewPassword, type PasswordStrength } from "../parts/password.tsx";
import { Problem } from "../parts/telling.tsx";

/** The steps in their order, with the address of each. */
export const STEPS = [
  { name: "password", title: "Administrator" },
  { name: "domain", title: "Domain" },
  { name: "sending", title: "Sending" },
  { name: "certificate", title: "Certificate" },
] as const;

export type StepName = (typeof STEPS)[number]["name"];

/** What every step shows. `answered` lists the steps that have an answer. */
export interface StepPage {
  readonly step: StepName;
  readonly answered: readonly StepName[];
  readonly fields: Readonly<Record<string, string>>;
  readonly errors: FieldErrors;
  /** A sentence about the whole form. */
  readonly problem?: string;
}

const Steps = ({ step, answered }: { step: StepName; answered: readonly StepName[] }) => (
  <nav aria-label="Steps">
    <ol class="steps">
      {STEPS.map(({ name, title }, index) => {
        const done = answered.includes(name);
        const reachable = done || name === step || answered.includes(STEPS[index - 1]?.name ?? name);
        return (
          <li aria-current={name === step ? "step" : undefined} data-done={done && name !== step ? "" : undefined}>
            {reachable && name !== step ? <a href={`/setup/${name}`}>{title}</a> : <span>{title}</span>}
          </li>
        );
      })}
    </ol>
  </nav>
);

const Step = ({
  frame,
  page,
  heading,
  lede,
  next,
  children,
}: PropsWithChildren<{ frame: Frame; page: StepPage; heading: string; lede: string; next: string }>) => {
  const before = STEPS[STEPS.findIndex(({ name }) => name === page.step) - 1];
  return (
    <Gate
      title={heading}
      frame={frame}
      headline="A mail server and gateway of your own."
      words="Four questions, and it runs. Everything can be changed later."
      side={<Steps step={page.step} answered={page.answered} />}
    >
      <form class="form" action={`/setup/${page.step}`} method="post">
        <CsrfField token={frame.csrf} />
        <div class="stack stack-s">
          <h1>{heading}</h1>
          <p class="lede">{lede}</p>
        </div>
        <Problem text={page.problem} />
        {children}
        <div class="form-actions">
          <button class="btn btn-primary" type="submit">
            {next}
            <Icon name="arrowRight" />
          </button>
          {before ? (
            <a class="btn btn-quiet" href={`/setup/${before.name}`}>
              Back
            </a>
          ) : null}
        </div>
      </form>
    </Gate>
  );
};

/** 1: the administrator. A password that was already given stays unless another is typed. */
export const PasswordStep = ({
  frame,
  page,
  strength,
  given,
}: {
  frame: Frame;
  page: StepPage;
  strength?: PasswordStrength;
  given: boolean;
}) => (
  <Step
    frame={frame}
    page={page}
    heading="Who looks after this server?"
    lede="The administrator signs in here, creates the other users, and has a mailbox too."
    next="Continue"
  >
    <TextField
      label="Login name"
      name="login"
      value={page.fields.login ?? "admin"}
      error={page.errors.login}
      required
      attributes={{ autocomplete: "username", autocapitalize: "none", spellcheck: "false" }}
    />
    <NewPassword
      error={page.errors.password}
      strengthUrl="/setup/strength"
      strength={strength}
      required={!given}
      label={given ? "Password (leave empty to keep the one you gave)" : "Password"}
    />
  </Step>
);

/** 2: the domain. */
export const DomainStep = ({ frame, page }: { frame: Frame; page: StepPage }) => (
  <Step
    frame={frame}
    page={page}
    heading="Which domain is yours?"
    lede="Everybody here gets addresses in it. More domains can be added later."
    next="Continue"
  >
    <TextField
      label="Domain"
      name="domain"
      value={page.fields.domain}
      error={page.errors.domain}
      placeholder="example.org"
      required
      hint={
        <>
          The part of an address after the @. If you have none yet, take a name that only your own network knows, such
          as <code>home.arpa</code>.
        </>
      }
      attributes={{ autocapitalize: "none", spellcheck: "false", inputmode: "url", autofocus: true }}
    />
    <TextField
      label="Name of this server"
      name="hostname"
      value={page.fields.hostname}
      error={page.errors.hostname}
      placeholder="mail.example.org"
      hint="What phones and other servers call it. Leave it empty for “mail.” and your domain."
      attributes={{ autocapitalize: "none", spellcheck: "false", inputmode: "url" }}
    />
  </Step>
);

/** The ways TLS can be used towards a provider, in a person's words. */
const SMART_HOST_TLS = [
  { value: "starttls", label: "STARTTLS (usual on port 587)" },
  { value: "implicit", label: "TLS from the start (usual on port 465)" },
  { value: "opportunistic", label: "STARTTLS where offered" },
  { value: "none", label: "None: only inside your own network" },
] as const;

/** 3: how mail leaves. */
export const SendingStep = ({ frame, page, given }: { frame: Frame; page: StepPage; given: boolean }) => (
  <Step
    frame={frame}
    page={page}
    heading="How does mail leave?"
    lede="Many home connections may not send mail themselves. Then a provider's server takes it on."
    next="Continue"
  >
    <Choices
      legend="The way out"
      name="way"
      value={page.fields.way ?? "direct"}
      error={page.errors.way}
      options={[
        {
          value: "direct",
          label: "Straight to the recipient",
          hint: "Needs port 25 open to the outside and an address that others trust: a server line, or a business connection.",
        },
        {
          value: "smartHost",
          label: "Through my provider",
          hint: "Your mail or internet provider's outgoing server takes everything. Right for most homes.",
        },
      ]}
    />
    <div class="stack when-smart-host">
      <div class="fields fields-host">
        <TextField
          label="Outgoing server"
          name="host"
          value={page.fields.host}
          error={page.errors.host}
          placeholder="smtp.provider.example"
          attributes={{ autocapitalize: "none", spellcheck: "false", inputmode: "url" }}
        />
        <TextField
          label="Port"
          name="port"
          value={page.fields.port ?? "587"}
          error={page.errors.port}
          short
          attributes={{ inputmode: "numeric" }}
        />
      </div>
      <Select
        label="Encryption"
        name="tls"
        value={page.fields.tls ?? "starttls"}
        error={page.errors.tls}
        options={SMART_HOST_TLS}
      />
      <div class="fields">
        <TextField
          label="Login name there"
          name="login"
          value={page.fields.login}
          error={page.errors.login}
          hint="Empty if it asks for none."
          attributes={EXACT}
        />
        <TextField
          label="Password there"
          name="password"
          type="password"
          error={page.errors.password}
          hint={given ? "Empty keeps the one you gave." : undefined}
          attributes={{ autocomplete: "off" }}
        />
      </div>
    </div>
  </Step>
);

/** 4: the certificate. */
export const CertificateStep = ({
  frame,
  page,
  fingerprint,
}: {
  frame: Frame;
  page: StepPage;
  fingerprint: string;
}) => (
  <Step
    frame={frame}
    page={page}
    heading="Keep the line private"
    lede="This server makes a certificate of its own, signed by its own authority, so that passwords and mail travel encrypted from the first minute."
    next="Finish"
  >
    <TextArea
      label="Names the certificate is for"
      name="names"
      value={page.fields.names}
      error={page.errors.names}
      rows={4}
      mono
      hint="One a line: every name and address that your devices use for this server."
      attributes={{ autocapitalize: "none", spellcheck: "false" }}
    />
    <div class="note-card">
      <Icon name="certificate" />
      <div class="stack stack-s">
        <p>
          <span class="strong">Devices should know the authority once.</span> Download its root certificate and install
          it on your phones and computers; then none of them warns any more.
        </p>
        <div class="row">
          <a class="btn btn-small" href="/ca.crt" download>
            <Icon name="download" />
            Root certificate
          </a>
        </div>
        <p class="muted small fingerprint">
          SHA-256 <span class="mono">{fingerprint}</span>
        </p>
      </div>
    </div>
    <p class="muted small">A certificate from a public authority can be uploaded later under Certificates.</p>
  </Step>
);

/** Where somebody comes without the link that `serve` printed. */
export const Locked = ({ frame, used }: { frame: Frame; used: boolean }) => (
  <Gate title="First start" frame={frame} headline="A mail server and gateway of your own.">
    <div class="stack">
      <h1>{used ? "This link was used already" : "Open the link from the terminal"}</h1>
      <p class="lede">
        {used
          ? "Each link is good for one browser. If that was you, go on there. If not, stop the server and start it again: it prints a new one."
          : "When the server started, it printed a link to this page. It shows that you are the one who started it."}
      </p>
      <pre class="code">{"gatepost serve\n\n  Set it up:  http://…/setup?token=…"}</pre>
      <p class="muted small">
        Cannot find it any more? Stop the server and start it again, or set it up in the terminal with{" "}
        <code>gatepost setup</code>.
      </p>
    </div>
  </Gate>
);
