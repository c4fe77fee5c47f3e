/** The end of the first start: what phones and mail programs need, and a message to try it with. */
import type { Frame } from "../layout.tsx";
import { CsrfField, FormActions, TextField } from "../parts/forms.tsx";
import { Gate } from "../parts/gate.tsx";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/telling.tsx";

/** One line of a mail program's settings. */
export interface ServerLine {
  readonly label: string;
  readonly host: string;
  readonly port: number;
  /** "TLS" or "STARTTLS". */
  readonly security: string;
}

/** What the page shows. */
export interface DonePage {
  readonly address: string;
  readonly login: string;
  readonly servers: readonly ServerLine[];
  readonly fingerprint: string;
  readonly test: TestState;
}

/** What became of the test message. */
export interface TestState {
  readonly to: string;
  readonly error?: string;
  readonly sent?: { readonly trace: string; readonly here: boolean };
}

/** The settings of a mail program, to be typed over. Also on a user's page. */
export const ServerSettings = ({ servers, login }: { servers: readonly ServerLine[]; login: string }) => (
  <div class="table-wrap">
    <table class="table table-stacks">
      <thead>
        <tr>
          <th>For</th>
          <th>Server</th>
          <th>Port</th>
          <th>Security</th>
          <th>Login name</th>
        </tr>
      </thead>
      <tbody>
        {servers.map((server) => (
          <tr>
            <td class="strong">{server.label}</td>
            <td data-label="Server">
              <code>{server.host}</code>
            </td>
            <td data-label="Port" class="num">
              {server.port}
            </td>
            <td data-label="Security">{server.security}</td>
            <td data-label="Login name">
              <code>{login}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** The form for a message to try the way with; replaced by its own answer. */
export const TestMessage = ({ csrf, test }: { csrf: string; test: TestState }) => (
  <form
    class="form"
    id="test"
    action="/setup/test"
    method="post"
    hx-post="/setup/test"
    hx-target="this"
    hx-swap="outerHTML"
    hx-disable="find button"
  >
    <CsrfField token={csrf} />
    {test.sent ? (
      <Notice kind="ok" title={test.sent.here ? "It has arrived." : "It is on its way."}>
        <p>
          {test.sent.here ? (
            <>
              The message is in the mailbox. <a href="/mail">Read it in webmail</a>
            </>
          ) : (
            <>
              If it does not arrive within a few minutes, the queue says why.{" "}
              <a href="/admin/queue">Look at the queue</a>
            </>
          )}
        </p>
      </Notice>
    ) : null}
    <TextField
      label="Send a test message to"
      name="to"
      type="email"
      value={test.to}
      error={test.error}
      required
      hint="Your own address here, or one somewhere else to try the way out."
    />
    <FormActions label="Send it" icon="send" plain />
  </form>
);

const Devices = ({ page }: { page: DonePage }) => (
  <div class="stack stack-s">
    <details class="fold" open>
      <summary>iPhone and iPad</summary>
      <ol class="list">
        <li>
          Open this page on the device and tap <a href="/ca.crt">Root certificate</a>. Allow the profile, then install
          it under Settings, General, VPN &amp; Device Management.
        </li>
        <li>Switch it on under Settings, General, About, Certificate Trust Settings.</li>
        <li>
          Settings, Apps, Mail, Mail Accounts, Add Account, Other. Give {page.address} and your password, choose IMAP,
          and take the servers from above.
        </li>
      </ol>
    </details>
    <details class="fold">
      <summary>Android</summary>
      <ol class="list">
        <li>
          Download the <a href="/ca.crt">root certificate</a> on the device. Settings, Security, Encryption &amp;
          credentials, Install a certificate, CA certificate.
        </li>
        <li>In your mail app (Thunderbird for Android, FairEmail …) add an account, choose manual set-up, IMAP.</li>
        <li>Take the servers from above.</li>
      </ol>
    </details>
    <details class="fold">
      <summary>Thunderbird on a computer</summary>
      <ol class="list">
        <li>
          Settings, Privacy &amp; Security, Manage Certificates, Authorities, Import: the{" "}
          <a href="/ca.crt">root certificate</a>, trusted for websites.
        </li>
        <li>Account Settings, Add Mail Account. Give your name, {page.address} and your password.</li>
        <li>If it does not find the servers itself, choose “Configure manually” and take them from above.</li>
      </ol>
    </details>
    <details class="fold">
      <summary>Outlook and Windows, Apple Mail on a Mac</summary>
      <ol class="list">
        <li>
          Windows: open the <a href="/ca.crt">root certificate</a>, Install Certificate, place it in “Trusted Root
          Certification Authorities”. Mac: open it, add it to the keychain, set it to “Always Trust”.
        </li>
        <li>Add an account of the kind IMAP with the servers from above.</li>
      </ol>
    </details>
  </div>
);

export const Done = ({ frame, page }: { frame: Frame; page: DonePage }) => (
  <Gate
    title="Ready"
    frame={frame}
    headline="It runs."
    words="From now on this server takes mail for you, keeps it, and sends it. It is a way to the web, too, and keeps files."
    wide
  >
    <div class="stack stack-l">
      <div class="stack stack-s">
        <h1>Your server is ready</h1>
        <p class="lede">
          Your first address is <span class="strong">{page.address}</span>.
        </p>
        <div class="form-actions">
          <a class="btn btn-primary" href="/admin/users/new">
            <Icon name="plus" />
            Create the first user
          </a>
          <a class="btn" href="/mail">
            <Icon name="mail" />
            Open webmail
          </a>
          <a class="btn btn-quiet" href="/admin">
            Administration
          </a>
        </div>
      </div>
      <section class="stack" aria-labelledby="programs">
        <h2 id="programs">For phones and mail programs</h2>
        <div class="panel panel-flush">
          <ServerSettings servers={page.servers} login={page.login} />
        </div>
        <Devices page={page} />
        <p class="muted small fingerprint">
          Root certificate, SHA-256 <span class="mono">{page.fingerprint}</span>
        </p>
      </section>
      <section class="stack stack-s" aria-labelledby="beside">
        <h2 id="beside">Beside mail</h2>
        <p>
          This server is also a web proxy with rules and limits, keeps files (FTP, network drives) and shows home pages.
          Nobody may use these until you give people the permissions, under Users.
        </p>
        <ul class="stack stack-s">
          <li>
            <a href="/admin/gateway/devices">Set up devices</a> has the addresses that computers and phones are told.
          </li>
          <li>
            <a href="/admin/gateway/rules">Rules and limits</a> says who may go where, when, and how much.
          </li>
          <li>
            <a href="/admin/gateway/files">Files</a> has shared folders, <a href="/admin/gateway/pages">Home pages</a>{" "}
            what people publish.
          </li>
        </ul>
      </section>
      <section class="stack" aria-labelledby="try">
        <h2 id="try">Try it</h2>
        <TestMessage csrf={frame.csrf} test={page.test} />
      </section>
    </div>
  </Gate>
);
