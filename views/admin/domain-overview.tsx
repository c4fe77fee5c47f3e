/** The overview of whoever looks after some domains: how many accounts there are, and which need somebody. */
import { Icon } from "../parts/icon.tsx";
import { PageHead } from "../parts/telling.tsx";
import { Admin, type AdminFrame } from "./frame.tsx";

/** Accounts by what holds about them; the addresses lead to the lists. */
export interface DomainOverviewPage {
  readonly domains: readonly string[];
  readonly counts: readonly { readonly label: string; readonly count: number; readonly href: string }[];
}

export const DomainOverview = ({ frame, page }: { frame: AdminFrame; page: DomainOverviewPage }) => (
  <Admin title="Overview" frame={frame} place="overview">
    <PageHead
      title="Your part of this server"
      lede={
        page.domains.length === 0
          ? "No domain is yours to look after any more. Ask an administrator of the whole server."
          : `You look after the users of ${page.domains.join(", ")}.`
      }
    >
      {page.domains.length > 0 ? (
        <a class="btn btn-primary" href="/admin/users/new">
          <Icon name="plus" />
          New user
        </a>
      ) : null}
    </PageHead>
    <section class="panel" aria-labelledby="accounts">
      <div class="panel-head">
        <h2 id="accounts">Accounts</h2>
        <a class="small" href="/admin/users">
          All users
        </a>
      </div>
      <div class="figures figures-end">
        {page.counts.map(({ label, count, href }) => (
          <a class="figure" href={href}>
            <b>{count.toLocaleString("en")}</b>
            <span>{label}</span>
          </a>
        ))}
      </div>
    </section>
  </Admin>
);
