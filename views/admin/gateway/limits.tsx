/** What people may transfer: for everybody, for guests, for single people, and what they have. */
import { Fill } from "../../parts/fill.tsx";
import { CsrfField, FormActions, TextField } from "../../parts/forms.tsx";
import { type Found, FoundList } from "../../parts/list.tsx";
import { type TabForm, textIn } from "../../parts/tabs.tsx";
import { PageHead, Problem, sizeWords } from "../../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { numberWords } from "./parts.tsx";
import { PolicyTabs } from "./policy-tabs.tsx";

export const LIMITS = "/admin/gateway/limits";

interface Values<N> {
  readonly dayMegabytes: N;
  readonly monthMegabytes: N;
  readonly kilobytesPerSecond: N;
  readonly connections: N;
}

export interface LimitLine {
  readonly login: string;
  readonly fullName: string;
  readonly own: Values<number | null>;
  readonly limits: Values<number>;
  readonly dayOctets: number;
  readonly monthOctets: number;
}

/** What each limit is called and counted in. */
export const LIMIT_FIELDS = [
  { name: "dayMegabytes", label: "In a day", addon: "MB" },
  { name: "monthMegabytes", label: "In a month", addon: "MB" },
  { name: "kilobytesPerSecond", label: "Bandwidth", addon: "KB/s" },
  { name: "connections", label: "Connections at once", addon: "" },
] as const;

const MEGABYTE = 1_000_000;

/** Where the quotas of one account stand. */
const Used = ({ octets, megabytes, label }: { octets: number; megabytes: number; label: string }) =>
  megabytes === 0 ? (
    <span class="num">{sizeWords(octets)}</span>
  ) : (
    <span class="two held">
      <span class="num small">{`${sizeWords(octets)} of ${sizeWords(megabytes * MEGABYTE)}`}</span>
      <Fill fill={octets / (megabytes * MEGABYTE)} label={label} />
    </span>
  );

/** What was set for this account alone beside the quotas. */
const limitWords = ({ kilobytesPerSecond, connections }: Values<number | null>): string =>
  [
    kilobytesPerSecond === null
      ? ""
      : kilobytesPerSecond === 0
        ? "any speed"
        : `${numberWords(kilobytesPerSecond)} KB/s`,
    connections === null ? "" : connections === 0 ? "any number at once" : `${numberWords(connections)} at once`,
  ]
    .filter(Boolean)
    .join(", ");

const Row = ({ line }: { line: LimitLine }) => (
  <tr>
    <td class="who">
      <span class="two">
        <a class="clip" href={`${LIMITS}/${encodeURIComponent(line.login)}`}>
          {line.login === "guest" ? "Guests" : line.login}
        </a>
        <span class="muted small clip">
          {line.login === "guest" ? "all who have not logged in, together" : line.fullName}
        </span>
      </span>
    </td>
    <td data-label="Today">
      <Used octets={line.dayOctets} megabytes={line.limits.dayMegabytes} label={`${line.login}, today`} />
    </td>
    <td data-label="This month">
      <Used octets={line.monthOctets} megabytes={line.limits.monthMegabytes} label={`${line.login}, this month`} />
    </td>
    <td data-label="Its own">
      <span class="num small">{limitWords(line.own)}</span>
    </td>
  </tr>
);

export interface LimitsPage extends Found {
  readonly guest: LimitLine;
  readonly people: readonly LimitLine[];
  readonly everybody: Values<number>;
  readonly form: TabForm;
}

export const Limits = ({ frame, page }: { frame: AdminFrame; page: LimitsPage }) => (
  <Admin title="Limits" frame={frame} place="gateway/rules">
    <PageHead
      title="Rules and limits"
      lede="How much people may transfer through the web proxy, SOCKS and the FTP proxy, and how much they have."
    />
    <PolicyTabs current="limits" />
    <div class="split">
      <FoundList
        at={LIMITS}
        label="Login or full name"
        found={page}
        lines={page.people.length}
        noun={["user", "users"]}
        empty={{ icon: "users", title: "Nobody like that", hint: "Try a part of the login name or of the full name." }}
      >
        <div class="table-wrap">
          <table class="table table-stacks">
            <thead>
              <tr>
                <th>Who</th>
                <th>Today</th>
                <th>This month</th>
                <th>Its own</th>
              </tr>
            </thead>
            <tbody>
              {page.page === 1 && page.search === "" ? <Row line={page.guest} /> : null}
              {page.people.map((line) => (
                <Row line={line} />
              ))}
            </tbody>
          </table>
        </div>
      </FoundList>
      <form class="panel form" action={LIMITS} method="post">
        <CsrfField token={frame.csrf} />
        <h2>For everybody</h2>
        <p class="hint">Where an account has no limit of its own. 0: no limit.</p>
        <Problem text={page.form.errors[""]} />
        {LIMIT_FIELDS.map(({ name, label, addon }) => (
          <TextField
            label={label}
            name={name}
            type="number"
            value={textIn(page.form, name, String(page.everybody[name]))}
            error={page.form.errors[name]}
            attributes={{ min: 0, step: 1, inputmode: "numeric" }}
            {...(addon && { addon })}
          />
        ))}
        <FormActions label="Save" />
      </form>
    </div>
  </Admin>
);

export const LimitView = ({ frame, line, form }: { frame: AdminFrame; line: LimitLine; form: TabForm }) => {
  const title = line.login === "guest" ? "Guests" : line.login;
  return (
    <Admin title={`Limits of ${title}`} frame={frame} place="gateway/rules">
      <Crumbs href={LIMITS} label="Limits" here={title} />
      <PageHead
        title={`Limits of ${title}`}
        lede={`${sizeWords(line.dayOctets)} today, ${sizeWords(line.monthOctets)} this month, both directions together.`}
      />
      <form class="panel form" action={form.action} method="post">
        <CsrfField token={form.csrf} />
        <p class="hint">Empty: as for everybody. 0: no limit. It holds at once, also for what is under way.</p>
        <Problem text={form.errors[""]} />
        <div class="fields">
          {LIMIT_FIELDS.map(({ name, label, addon }) => (
            <TextField
              label={label}
              name={name}
              type="number"
              value={textIn(form, name, line.own[name] === null ? "" : String(line.own[name]))}
              error={form.errors[name]}
              placeholder={line.own[name] === null ? String(line.limits[name]) : undefined}
              attributes={{ min: 0, step: 1, inputmode: "numeric" }}
              {...(addon && { addon })}
            />
          ))}
        </div>
        <FormActions label="Save changes" cancel={LIMITS} />
      </form>
    </Admin>
  );
};
