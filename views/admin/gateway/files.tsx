/** Files: who is connected to the FTP service, shared folders, what people's folders hold. */
import { ActionButton } from "../../parts/forms.tsx";
import { Badge, Empty, Moment, PageHead, sizeWords } from "../../parts/telling.tsx";
import { Admin, type AdminFrame } from "../frame.tsx";

export const FILES = "/admin/gateway/files";

/** One FTP session. */
export interface SessionLine {
  readonly id: string;
  readonly login: string;
  readonly remote: string;
  readonly secure: boolean;
  readonly since: number;
  readonly folder: string;
  readonly doing: string;
  readonly sent: number;
  readonly received: number;
}

export interface FilesPage {
  readonly sessions: readonly SessionLine[];
}

const Session = ({ session, frame }: { session: SessionLine; frame: AdminFrame }) => (
  <tr>
    <td>
      <span class="two">
        <span class="strong clip">{session.login || "not logged in yet"}</span>
        <span class="muted small mono clip">{session.remote}</span>
      </span>
    </td>
    <td data-label="Doing">
      <span class="wraps">{session.doing || `waits in ${session.folder || "/"}`}</span>
    </td>
    <td data-label="Down / up" class="num">
      {sizeWords(session.sent)} / {sizeWords(session.received)}
    </td>
    <td data-label="Since">
      <Moment at={session.since} now={frame.now} />
    </td>
    <td data-label="Connection">{session.secure ? <Badge kind="ok">TLS</Badge> : <Badge>plain</Badge>}</td>
    <td class="end">
      <ActionButton
        action={`${FILES}/sessions/end`}
        csrf={frame.csrf}
        label="End"
        about={`${session.login || session.remote}, ${session.id}`}
        fields={{ id: session.id }}
      />
    </td>
  </tr>
);

/** The part that renews itself. */
const Sessions = ({ sessions, frame }: { sessions: readonly SessionLine[]; frame: AdminFrame }) => (
  <section
    class="panel panel-flush"
    id="sessions"
    aria-labelledby="sessions-title"
    hx-get={`${FILES}?live`}
    hx-trigger="every 5s"
    hx-select="#sessions"
    hx-swap="outerMorph"
    hx-target="this"
  >
    <div class="panel-head">
      <h2 id="sessions-title">Connected now</h2>
    </div>
    {sessions.length === 0 ? (
      <Empty icon="users" title="Nobody is connected">
        <p>Whoever has the permission “Allow Login” under FTP sees his folder with any FTP program.</p>
      </Empty>
    ) : (
      <div class="table-wrap">
        <table class="table table-stacks">
          <thead>
            <tr>
              <th>Who</th>
              <th>Doing</th>
              <th>Down / up</th>
              <th>Since</th>
              <th>Connection</th>
              <th>
                <span class="visually-hidden">End</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.map((session) => (
              <Session session={session} frame={frame} />
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
);

export const Files = ({ frame, page }: { frame: AdminFrame; page: FilesPage }) => (
  <Admin title="Files" frame={frame} place="gateway/files">
    <PageHead
      title="Files"
      lede="The folders of people and those they share, reached with FTP programs, as web pages, and by WebDAV."
    />
    <div class="stack stack-l">
      <Sessions sessions={page.sessions} frame={frame} />
    </div>
  </Admin>
);
