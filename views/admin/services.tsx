/** Services with their ports and who may use them. */
import { Check, Choices, CsrfField, type FieldErrors, FormActions, TextArea } from "../parts/forms.tsx";
import { Badge, type Kind, Lamp, Notice, PageHead, Problem } from "../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

/** One port. */
export interface PortLine {
  readonly id: string;
  readonly where: string;
  readonly tls: "none" | "starttls" | "implicit";
  readonly access: string;
  readonly state: { readonly kind: Kind; readonly words: string };
  readonly problem?: string;
  readonly connections: number;
}

/** A service by the name that commands use, and as people call it. */
interface ServiceName {
  readonly name: string;
  readonly label: string;
}

/** What the page shows. */
export interface ServicesPage {
  readonly services: readonly (ServiceName & { readonly ports: readonly PortLine[] })[];
  readonly lan: string;
  readonly lanError?: string;
}

/** One port's page. */
export interface PortPage extends PortLine {
  readonly service: ServiceName;
  readonly enabled: boolean;
  readonly rule: "any" | "lan" | "own";
  readonly networks: string;
  readonly errors: FieldErrors;
  /** The page itself is served here: closing it would lock the administrator out. */
  readonly ownDoor: boolean;
}

const TLS: Record<PortLine["tls"], { kind: Kind; words: string }> = {
  none: { kind: "off", words: "plain" },
  starttls: { kind: "ok", words: "STARTTLS" },
  implicit: { kind: "ok", words: "TLS" },
};

/** What a service is for, and who needs to reach it. */
const PURPOSES: Readonly<Record<string, string>> = {
  smtp: "Other mail servers deliver mail for your domains here. Open to your own network only, no mail arrives from outside.",
  submission:
    "Mail programs hand over what people send, after they signed in. Open it to everybody if people send mail while away.",
  imap: "Mail programs and phones read mail that stays on this server. Open it to everybody if people read mail while away.",
  pop3: "Older mail programs fetch mail from here, and usually take it away. Most people can do without.",
  ftp: "People reach their folders and shared ones with FTP programs. It needs the permission “Allow Login”. Open it to everybody only if files are used while away; 990 and AUTH TLS are encrypted.",
  ftpproxy:
    "Programs on your own network reach FTP servers elsewhere. It needs the permission “Use the FTP Proxy”. Never open it to everybody.",
  socks:
    "Programs on your own network reach the Internet by SOCKS 4, 4A and 5. It needs the permission “Use the Web Proxy”. Never open it to everybody.",
  proxy:
    "Browsers on your own network reach the web through this server. It needs the permission “Use the Web Proxy”. Never open it to everybody; 3129 speaks TLS to the browser.",
  web: "Webmail and these pages, in any browser. Port 80 mostly sends browsers on to the encrypted port.",
};

export const Services = ({ frame, page }: { frame: AdminFrame; page: ServicesPage }) => (
  <Admin title="Services" frame={frame} place="services">
    <PageHead title="Services" lede="What listens on which port, and who may use it." />
    <div class="split">
      <div class="stack">
        {page.services.map((service) => (
          <section class="panel panel-flush" aria-label={service.label}>
            <div class="panel-head">
              <div class="stack stack-s">
                <h2>{service.label}</h2>
                {PURPOSES[service.name] ? <p class="small muted">{PURPOSES[service.name]}</p> : null}
              </div>
            </div>
            <ul class="lines">
              {service.ports.map((port) => (
                <li class="port">
                  <a class="strong num" href={`/admin/services/${port.id}`}>
                    {port.where}
                  </a>
                  <Lamp kind={port.state.kind}>{port.state.words}</Lamp>
                  <Badge kind={TLS[port.tls].kind}>{TLS[port.tls].words}</Badge>
                  <span class="muted wraps">{`Open to ${port.access}`}</span>
                  <span class="muted num end">{port.connections > 0 ? `${port.connections} open` : ""}</span>
                  {port.problem ? <p class="small reply">{port.problem}</p> : null}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      <form class="panel form" action="/admin/services/lan" method="post" id="lan">
        <CsrfField token={frame.csrf} />
        <h2>Your own network (LAN)</h2>
        <TextArea
          label="Networks"
          name="networks"
          value={page.lan}
          error={page.lanError}
          rows={8}
          mono
          hint="One a line, such as 192.168.1.0/24. Services that are open to the LAN are open to these, and only to these."
          attributes={{ spellcheck: "false" }}
        />
        <FormActions label="Save networks" plain />
      </form>
    </div>
  </Admin>
);

export const PortView = ({ frame, page }: { frame: AdminFrame; page: PortPage }) => (
  <Admin title={`${page.service.label}, port ${page.where}`} frame={frame} place="services">
    <Crumbs href="/admin/services" label="Services" here={page.where} />
    <PageHead
      title={page.service.label}
      lede={`Port ${page.where}, ${TLS[page.tls].words}. ${PURPOSES[page.service.name] ?? ""}`}
    >
      <Lamp kind={page.state.kind}>{page.state.words}</Lamp>
    </PageHead>
    <form class="panel form" action={`/admin/services/${page.id}`} method="post">
      <CsrfField token={frame.csrf} />
      <Problem text={page.problem} />
      {page.ownDoor ? (
        <Notice kind="warn">
          <p>You are using this port now. Keep your own network among those that may.</p>
        </Notice>
      ) : null}
      <Check as="switch" name="enabled" label="This port is open" checked={page.enabled} />
      <Choices
        legend="Who may use it"
        name="rule"
        value={page.rule}
        error={page.errors.rule}
        options={[
          { value: "lan", label: "Your own network", hint: "The networks of the LAN list, on the page before." },
          { value: "any", label: "Everybody", hint: "The whole internet, as far as your router lets it in." },
          { value: "own", label: "These networks only", hint: "Those that you list below." },
        ]}
      />
      <TextArea
        label="Networks"
        name="networks"
        value={page.networks}
        error={page.errors.networks}
        rows={4}
        mono
        hint="One a line, such as 203.0.113.0/24 or 2001:db8::/32. Used with “These networks only”."
        attributes={{ spellcheck: "false" }}
      />
      <FormActions label="Save changes" cancel="/admin/services" />
    </form>
  </Admin>
);
