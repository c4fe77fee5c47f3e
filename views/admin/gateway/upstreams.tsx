/** Upstream proxies: the list in order, and one of them. */
import { Check, Choices, CsrfField, EXACT, FormActions, TextField } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { type TabForm, textIn, tickedIn } from "../../parts/tabs.tsx";
import { PageHead, Problem } from "../../parts/telling.tsx";
import { AskToRemove } from "../confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { OrderedList } from "../ordered.tsx";
import { capital, Lines, Ticks } from "./parts.tsx";
import { PolicyTabs } from "./policy-tabs.tsx";
import { listed, SCHEME_WORDS } from "./rule-words.ts";

export const UPSTREAMS = "/admin/gateway/upstreams";

export interface UpstreamLine {
  readonly id: number;
  readonly position: number;
  readonly name: string;
  readonly enabled: boolean;
  readonly kind: "http" | "socks5" | "direct";
  readonly address: string;
  readonly port: number;
  readonly login: string;
  readonly hasPassword: boolean;
  readonly hosts: readonly string[];
  readonly schemes: readonly string[];
  readonly fallback: boolean;
  readonly checkNames: boolean;
}

const wayWords = ({ kind, address, port, fallback }: UpstreamLine): string => {
  if (kind === "direct") return "directly, without a proxy";
  const way = `through the ${kind === "http" ? "HTTP" : "SOCKS"} proxy ${address}:${port}`;
  return fallback ? `${way}, or directly where it does not answer` : way;
};

const sentence = (line: UpstreamLine): string => {
  const hosts = line.hosts.length === 0 ? "Every host" : listed(line.hosts);
  return `${capital(hosts)} ${wayWords(line)}.`;
};

export const UpstreamList = ({ frame, upstreams }: { frame: AdminFrame; upstreams: readonly UpstreamLine[] }) => (
  <Admin title="Upstream proxies" frame={frame} place="gateway/rules">
    <PageHead
      title="Rules and limits"
      lede="Other proxies through which this server reaches some hosts, or all. The first that fits a host is the way there."
    >
      <a class="btn btn-primary" href={`${UPSTREAMS}/new`}>
        <Icon name="plus" />
        New upstream proxy
      </a>
    </PageHead>
    <PolicyTabs current="upstreams" />
    <OrderedList
      at={UPSTREAMS}
      frame={frame}
      label="Upstream proxies"
      list={upstreams}
      sentence={sentence}
      empty={{
        icon: "forward",
        title: "No upstream proxy",
        hint: "Every host is reached directly. Add one if your provider or your company wants the web to be used through its proxy.",
      }}
    />
  </Admin>
);

export const UpstreamView = ({
  frame,
  line,
  form,
  isNew,
}: {
  frame: AdminFrame;
  line: UpstreamLine;
  form: TabForm;
  isNew: boolean;
}) => {
  const title = isNew ? "New upstream proxy" : line.name;
  const text = (name: "name" | "address" | "login") => ({
    name,
    value: textIn(form, name, line[name]),
    error: form.errors[name],
  });
  return (
    <Admin title={title} frame={frame} place="gateway/rules">
      <Crumbs href={UPSTREAMS} label="Upstream proxies" here={title} />
      <PageHead title={title} {...(!isNew && { lede: sentence(line) })}>
        {isNew ? null : <AskToRemove href={`${UPSTREAMS}/${line.id}/remove`} />}
      </PageHead>
      <form class="panel form form-wide" action={form.action} method="post">
        <CsrfField token={form.csrf} />
        <Problem text={form.errors[""]} />
        <TextField label="Name" {...text("name")} required />
        <Choices
          legend="How hosts are reached"
          name="kind"
          value={textIn(form, "kind", line.kind)}
          error={form.errors.kind}
          options={[
            { value: "http", label: "HTTP proxy", hint: "Such as Squid, or the proxy of a company." },
            { value: "socks5", label: "SOCKS 5", hint: "Such as an SSH or Tor gateway." },
            { value: "direct", label: "Directly", hint: "An exception: these hosts are reached without a proxy." },
          ]}
        />
        <div class="fields">
          <TextField label="Host name or address" {...text("address")} attributes={EXACT} />
          <TextField
            label="Port"
            name="port"
            type="number"
            value={textIn(form, "port", String(line.port))}
            error={form.errors.port}
            attributes={{ min: 1, max: 65_535 }}
          />
          <TextField label="Login name" {...text("login")} hint="Empty: no login." attributes={EXACT} />
          <TextField
            label="Password"
            name="password"
            type="password"
            error={form.errors.password}
            hint={
              line.hasPassword
                ? "One is kept; type one to replace it. Another address asks for it again."
                : "Kept, and never shown."
            }
            attributes={{ autocomplete: "new-password" }}
          />
        </div>
        <Lines
          form={form}
          name="hosts"
          label="For these hosts"
          values={line.hosts}
          rows={4}
          hint="One a line: example.com, .example.com with everything below, 192.0.2.0/24. Empty: every host."
        />
        <Ticks
          legend="For these ways"
          name="scheme"
          options={Object.entries(SCHEME_WORDS)
            .filter(([value]) => value !== "udp")
            .map(([value, words]) => ({ value, label: capital(words) }))}
          chosen={line.schemes}
          form={form}
          hint="Nothing chosen: every way."
        />
        <Check
          as="switch"
          name="fallback"
          label="Go directly where it does not answer"
          checked={tickedIn(form, "fallback", line.fallback)}
        />
        <Check
          as="switch"
          name="checkNames"
          label="Look names up here first"
          checked={tickedIn(form, "checkNames", line.checkNames)}
          hint="So that none leads to a local network behind the proxy. Off for names that only the proxy knows."
        />
        <Check as="switch" name="enabled" label="In use" checked={tickedIn(form, "enabled", line.enabled)} />
        <FormActions label={isNew ? "Add the proxy" : "Save changes"} cancel={UPSTREAMS} />
      </form>
    </Admin>
  );
};
