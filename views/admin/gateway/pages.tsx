/** Home pages: whose there are, where they are seen, and whether their scripts fail. */
import { type Found, FoundList } from "../../parts/list.tsx";
import { Badge, Moment, Notice, PageHead, sizeWords } from "../../parts/telling.tsx";
import { Admin, type AdminFrame } from "../frame.tsx";
import { numberWords } from "./parts.tsx";

export const PAGES = "/admin/gateway/pages";

export interface PagesLine {
  readonly login: string;
  readonly fullName: string;
  readonly address: string | null;
  readonly folder: string;
  readonly hasPages: boolean;
  readonly scripts: boolean;
  readonly octets: number;
  readonly errors: number;
  readonly lastErrorAt: number | null;
}

export interface PagesPage extends Found {
  readonly people: readonly PagesLine[];
  readonly enabled: boolean;
  /** The host name below which everybody has one of his own; "" for none. */
  readonly host: string;
}

const Scripts = ({ line, now }: { line: PagesLine; now: number }) => {
  if (!line.scripts) return <span class="muted">not run</span>;
  if (line.errors === 0) return <Badge kind="ok">run</Badge>;
  return (
    <span class="two">
      <span>
        <Badge kind="warn">{`${numberWords(line.errors)} ${line.errors === 1 ? "error" : "errors"}`}</Badge>
      </span>
      {line.lastErrorAt === null ? null : (
        <span class="muted small">
          {"last "}
          <Moment at={line.lastErrorAt} now={now} />
        </span>
      )}
    </span>
  );
};

const Line = ({ line, now }: { line: PagesLine; now: number }) => (
  <tr>
    <td class="who">
      <span class="two">
        <a class="clip" href={`/admin/users/${encodeURIComponent(line.login)}`}>
          {line.login}
        </a>
        <span class="muted small clip">{line.fullName}</span>
      </span>
    </td>
    <td data-label="Pages">
      {line.hasPages && line.address !== null ? (
        <a class="wraps" href={line.address} rel="noopener noreferrer" target="_blank">
          {line.address.replace(/^https?:\/\//, "")}
        </a>
      ) : (
        <span class="muted">{line.hasPages ? "the web ports are closed" : "none yet"}</span>
      )}
    </td>
    <td data-label="Scripts">
      <Scripts line={line} now={now} />
    </td>
    <td data-label="Folders hold" class="num">
      {sizeWords(line.octets)}
    </td>
  </tr>
);

export const HomePages = ({ frame, page }: { frame: AdminFrame; page: PagesPage }) => (
  <Admin title="Home pages" frame={frame} place="gateway/pages">
    <PageHead
      title="Home pages"
      lede="Whatever somebody puts into his home-page folder is on the web: by FTP, or with the folder as a network drive."
    >
      <a class="btn" href="/admin/settings/homepages">
        Settings
      </a>
    </PageHead>
    <div class="stack">
      {page.enabled ? null : (
        <Notice kind="info" title="Home pages are switched off">
          <p>
            Nobody's are shown. <a href="/admin/settings/homepages">Switch them on in the settings</a>
          </p>
        </Notice>
      )}
      {page.enabled && page.host === "" ? (
        <Notice kind="info">
          <p>
            Pages are at /~LOGIN/ of this server, without cookies. With a host name of their own they may use cookies
            and forms of their own as well: <a href="/admin/settings/homepages">set one</a> and let the names below it
            lead here.
          </p>
        </Notice>
      ) : null}
      <FoundList
        at={PAGES}
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
                <th>Whose</th>
                <th>Pages</th>
                <th>Scripts</th>
                <th>Folders hold</th>
              </tr>
            </thead>
            <tbody>
              {page.people.map((line) => (
                <Line line={line} now={frame.now} />
              ))}
            </tbody>
          </table>
        </div>
      </FoundList>
      <p class="hint">
        What went wrong in a script is told to the owner of the page alone, in the options of webmail. Scripts are run
        where the account has “Allow Scripts in Homepages”.
      </p>
    </div>
  </Admin>
);
