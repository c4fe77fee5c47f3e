/** Lists of hosts that rules name: all of them, and one. */
import type { PropsWithChildren } from "hono/jsx";
import {
  ActionButton,
  Check,
  Choices,
  CsrfField,
  EXACT,
  FieldError,
  FormActions,
  TextArea,
  TextField,
} from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { type TabForm, textIn, tickedIn } from "../../parts/tabs.tsx";
import { Badge, Empty, Moment, Notice, PageHead, Problem, sizeWords } from "../../parts/telling.tsx";
import { AskToRemove } from "../confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { NameFields, numberWords, renewing } from "./parts.tsx";
import { PolicyTabs } from "./policy-tabs.tsx";
import { listed } from "./rule-words.ts";

export const LISTS = "/admin/gateway/lists";
/** Beside the lists, whose names are any. */
export const NEW_LIST = "/admin/gateway/new-list";

export const atList = (name: string): string => `${LISTS}/${encodeURIComponent(name)}`;

export interface HostListLine {
  readonly name: string;
  readonly description: string;
  readonly source: "text" | "upload" | "file" | "url";
  readonly location: string;
  readonly exceptions: string;
  readonly everyHours: number;
  readonly enabled: boolean;
  readonly entries: number;
  readonly skipped: number;
  readonly checkedAt: number | null;
  readonly changedAt: number | null;
  readonly problem: string;
  readonly busy: boolean;
  readonly octets: number;
}

export interface ListsPage {
  readonly lists: readonly HostListLine[];
  /** The host that was looked for, and the lists that have it. */
  readonly lookup: { readonly host: string; readonly found?: readonly string[]; readonly error?: string };
}

const sourceWords = ({ source, location }: HostListLine): string => {
  if (source === "url") return location;
  if (source === "file") return `the file lists/${location}`;
  return source === "upload" ? "brought in" : "written here";
};

const hostsWords = ({ entries }: HostListLine): string => `${numberWords(entries)} ${entries === 1 ? "host" : "hosts"}`;

const State = ({ list, now }: { list: HostListLine; now: number }) => {
  if (list.busy) return <Badge kind="info">being read</Badge>;
  if (list.problem !== "") return <Badge kind="danger">not read</Badge>;
  if (!list.enabled) return <Badge kind="off">switched off</Badge>;
  return list.changedAt === null ? null : <Moment at={list.changedAt} now={now} />;
};

const Lookup = ({ lookup }: { lookup: ListsPage["lookup"] }) => (
  <form
    class="panel form"
    id="lookup"
    action={LISTS}
    method="get"
    hx-get={LISTS}
    hx-target="#lookup"
    hx-select="#lookup"
    hx-swap="outerHTML"
  >
    <h2>Which list has a host?</h2>
    <TextField
      label="Host"
      name="host"
      value={lookup.host}
      error={lookup.error}
      placeholder="ads.example.com"
      required
      attributes={{ ...EXACT, inputmode: "url" }}
    />
    <FormActions id="look" label="Look" plain />
    {lookup.found === undefined ? null : (
      <p role="status">
        {lookup.found.length === 0
          ? `${lookup.host} is in none of the lists.`
          : `${lookup.host} is in ${listed(lookup.found.map((name) => `“${name}”`))}.`}
      </p>
    )}
  </form>
);

export const HostLists = ({ frame, page }: { frame: AdminFrame; page: ListsPage }) => (
  <Admin title="Host lists" frame={frame} place="gateway/rules">
    <PageHead
      title="Rules and limits"
      lede="Lists of hosts, from a few names to a million, that rules bar, allow or warn of all at once."
    >
      <a class="btn btn-primary" href={NEW_LIST}>
        <Icon name="plus" />
        New list
      </a>
    </PageHead>
    <PolicyTabs current="lists" />
    <div class="split">
      <section
        class="panel panel-flush"
        id="lists"
        aria-label="Host lists"
        {...(page.lists.some(({ busy }) => busy) && renewing(LISTS, "lists", "1s"))}
      >
        {page.lists.length === 0 ? (
          <Empty icon="junk" title="No list yet">
            <p>
              Bring in one of the lists of advertising or unwanted hosts that are kept on the Internet, or write your
              own, and choose it in a rule.
            </p>
          </Empty>
        ) : (
          <ul class="lines">
            {page.lists.map((list) => (
              <li>
                <span class="two">
                  <a class="strong clip" href={atList(list.name)}>
                    {list.name}
                  </a>
                  <span class="muted small wraps">
                    {[list.description, sourceWords(list)].filter(Boolean).join(" · ")}
                  </span>
                  {list.problem === "" ? null : <span class="small wraps">{list.problem}</span>}
                </span>
                <span class="end two">
                  <span class="num">
                    {hostsWords(list)}
                    {list.skipped === 0 ? "" : `, ${numberWords(list.skipped)} left out`}
                  </span>
                  <span class="muted small">
                    <State list={list} now={frame.now} />
                  </span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
      <Lookup lookup={page.lookup} />
    </div>
  </Admin>
);

const SOURCES = [
  { value: "url", label: "An address", hint: "Fetched, and asked again from time to time." },
  { value: "text", label: "Written here", hint: "For lists of your own." },
  { value: "upload", label: "A file of this computer", hint: "Brought in once, and again when you bring a newer one." },
  { value: "file", label: "A file of the data folder", hint: "Below lists/; read again when it changes." },
] as const;

const Fields = ({ list, form, isNew }: { list: HostListLine; form: TabForm; isNew: boolean }) => {
  const source = textIn(form, "source", list.source);
  const location = (kind: HostListLine["source"]) => (list.source === kind ? list.location : "");
  return (
    <>
      <div class="fields">
        <NameFields
          form={form}
          name={isNew ? "name" : "rename"}
          of={list}
          hint="Rules are about it by this name; in commands it is list:NAME."
        />
      </div>
      <Choices
        legend="Where its hosts come from"
        name="source"
        value={source}
        error={form.errors.source}
        options={[...SOURCES]}
      />
      <div class="by-source" data-source="url">
        <div class="fields">
          <TextField
            label="Address"
            name="url"
            value={textIn(form, "url", location("url"))}
            error={form.errors.url}
            hint="It begins with https:// or http://."
            attributes={{ ...EXACT, inputmode: "url" }}
          />
          <TextField
            label="Asked again after"
            name="everyHours"
            type="number"
            value={textIn(form, "everyHours", String(list.everyHours))}
            error={form.errors.everyHours}
            addon="hours"
            hint="0: only by hand."
            attributes={{ min: 0, max: 10_000 }}
          />
        </div>
      </div>
      <div class="by-source" data-source="text">
        <TextArea
          label="Hosts"
          name="hosts"
          value={textIn(form, "hosts", location("text"))}
          error={form.errors.hosts}
          rows={10}
          mono
          hint="One a line: example.com with everything below, 0.0.0.0 example.com for that name alone, ||example.com^, address=/example.com/. # begins a comment."
          attributes={EXACT}
        />
      </div>
      <div class="by-source" data-source="upload">
        <div class="field">
          <label for="upload">File</label>
          <input
            class="input"
            type="file"
            id="upload"
            name="upload"
            aria-describedby={form.errors.upload ? "upload-hint upload-error" : "upload-hint"}
            aria-invalid={form.errors.upload ? "true" : undefined}
          />
          <p class="hint" id="upload-hint">
            Hosts files, domains, AdBlock and dnsmasq lists, at most 32 MB. It takes the place of what there was.
          </p>
          <FieldError name="upload" error={form.errors.upload} />
        </div>
      </div>
      <div class="by-source" data-source="file">
        <TextField
          label="File"
          name="file"
          value={textIn(form, "file", location("file"))}
          error={form.errors.file}
          hint="Its path below lists/ in the data folder, such as ads.txt."
          attributes={EXACT}
        />
      </div>
      <TextArea
        label="Never in it"
        name="exceptions"
        value={textIn(form, "exceptions", list.exceptions)}
        error={form.errors.exceptions}
        rows={3}
        mono
        hint="Hosts, one a line, that do not count as in this list whatever its source says."
        attributes={EXACT}
      />
      <Check as="switch" name="enabled" label="In use" checked={tickedIn(form, "enabled", list.enabled)} />
    </>
  );
};

/** A form that may send a file, and so says in its address that it is a page's own. */
const ListForm = ({ form, children }: PropsWithChildren<{ form: TabForm }>) => (
  <form
    class="panel form form-wide"
    action={`${form.action}?csrf=${form.csrf}`}
    method="post"
    enctype="multipart/form-data"
  >
    <CsrfField token={form.csrf} />
    <Problem text={form.errors[""]} />
    {children}
  </form>
);

export const NewHostList = ({ frame, list, form }: { frame: AdminFrame; list: HostListLine; form: TabForm }) => (
  <Admin title="New list" frame={frame} place="gateway/rules">
    <Crumbs href={LISTS} label="Host lists" here="New list" />
    <PageHead title="New list" />
    <ListForm form={form}>
      <Fields list={list} form={form} isNew />
      <FormActions label="Add the list" cancel={LISTS} />
    </ListForm>
  </Admin>
);

/** How reading it goes: under way, then its count, or why it failed. */
const Reading = ({ list }: { list: HostListLine }) => {
  if (list.busy)
    return (
      <Notice kind="info" title="It is being read">
        <p>{list.source === "url" ? `From ${list.location}.` : "That takes a moment."} This page says how it went.</p>
      </Notice>
    );
  if (list.problem !== "")
    return (
      <Notice kind="danger" title="It could not be read">
        <p>
          {list.problem} {list.entries > 0 ? `The ${hostsWords(list)} that were read before still count.` : ""}
        </p>
      </Notice>
    );
  if (list.checkedAt === null) return null;
  return (
    <Notice kind={list.enabled ? "ok" : "info"} title={hostsWords(list)}>
      <p>
        {list.skipped === 0 ? "Every line was understood." : `${numberWords(list.skipped)} lines were left out.`}{" "}
        {list.enabled ? "" : "The list is switched off: for rules it has no host."}
      </p>
    </Notice>
  );
};

/** What is told of a list above its form; renews itself until it has been read. */
const Standing = ({ list, now }: { list: HostListLine; now: number }) => (
  <div class="stack" id="standing" {...(list.busy && renewing(atList(list.name), "standing", "1s"))}>
    <div role="status">
      <Reading list={list} />
    </div>
    <p class="muted small">
      {"Last looked at: "}
      {list.checkedAt === null ? "never" : <Moment at={list.checkedAt} now={now} />}
      {". Last changed: "}
      {list.changedAt === null ? "never" : <Moment at={list.changedAt} now={now} />}
      {`. Memory: ${sizeWords(list.octets)}.`}
    </p>
  </div>
);

export const HostListView = ({ frame, list, form }: { frame: AdminFrame; list: HostListLine; form: TabForm }) => (
  <Admin title={list.name} frame={frame} place="gateway/rules">
    <Crumbs href={LISTS} label="Host lists" here={list.name} />
    <PageHead title={list.name} {...(list.description !== "" && { lede: list.description })}>
      {list.source === "upload" ? null : (
        <ActionButton
          action={`${atList(list.name)}/refresh`}
          csrf={frame.csrf}
          label="Read now"
          icon="refresh"
          class="btn"
        />
      )}
      <AskToRemove href={`${atList(list.name)}/remove`} />
    </PageHead>
    <div class="stack">
      <Standing list={list} now={frame.now} />
      <ListForm form={form}>
        <Fields list={list} form={form} isNew={false} />
        <FormActions label="Save changes" />
      </ListForm>
    </div>
  </Admin>
);
