/** The list of mailboxes, and the page that makes a further one. */

import { Fill, fillWords } from "../../parts/fill.tsx";
import { AddressField, CsrfField, type FieldErrors, FormActions, Select, TextField } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { type Found, FoundList, listHref } from "../../parts/list.tsx";
import { NamedField } from "../../parts/named.tsx";
import { Badge, PageHead, Problem, sizeWords } from "../../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { atUser } from "../users/path.ts";

const AT = "/admin/mailboxes";

/** One mailbox. */
export interface MailboxLine {
  readonly id: number;
  readonly label: string;
  readonly owner: string;
  readonly primary: boolean;
  readonly description: string;
  readonly addresses: readonly string[];
  readonly group: string | null;
  readonly forwards: boolean;
  readonly answers: boolean;
  readonly messages: number;
  readonly size: number;
  /** 1 is full; null without a limit. */
  readonly fill: number | null;
}

export interface MailboxesPage extends Found {
  readonly mailboxes: readonly MailboxLine[];
  readonly sort: string;
  readonly down: boolean;
  /** Only those of a mail group; "" for all. */
  readonly group: string;
}

const wishes = ({ sort, down, group }: MailboxesPage) => ({
  sort: sort === "owner" ? "" : sort,
  down: down ? "1" : "",
  group,
});

const Column = ({ page, sort, label, end }: { page: MailboxesPage; sort: string; label: string; end?: boolean }) => {
  const current = page.sort === sort;
  // What is large is looked for more often than what is small.
  const down = current ? !page.down : sort === "fill" || sort === "size";
  return (
    <th class={end ? "end" : undefined} aria-sort={current ? (page.down ? "descending" : "ascending") : undefined}>
      <a class="sort" href={listHref(AT, { q: page.search, ...wishes({ ...page, sort, down }) })}>
        {label}
        {current ? <Icon name="chevronDown" class={page.down ? "" : "turned"} /> : null}
      </a>
    </th>
  );
};

const further = ({ addresses, label, description }: MailboxLine): string =>
  [description === label ? "" : description, ...addresses.filter((address) => address !== label)]
    .filter(Boolean)
    .join(" · ");

const Line = ({ line }: { line: MailboxLine }) => (
  <tr>
    <td>
      <span class="two">
        <a href={`${AT}/${line.id}`} class="clip">
          {line.label}
        </a>
        <span class="muted small clip">{further(line)}</span>
      </span>
    </td>
    <td data-label="Owner">
      <span class="row row-s">
        <a class="plain" href={atUser(line.owner)}>
          {line.owner}
        </a>
        {line.primary ? null : <Badge>further</Badge>}
        {line.forwards ? <Badge kind="info">forwards</Badge> : null}
        {line.answers ? <Badge kind="warn">answers</Badge> : null}
      </span>
    </td>
    <td class="num end" data-label="Mail">
      {sizeWords(line.size)}
    </td>
    <td class="fill-cell" data-label="Quota">
      {line.fill === null ? (
        <span class="muted small">no limit</span>
      ) : (
        <span class="fill-line" title={fillWords(line.fill)}>
          <Fill fill={line.fill} label={`How full ${line.label} is`} />
          <span class="num small muted">{Math.round(line.fill * 100)} %</span>
        </span>
      )}
    </td>
  </tr>
);

export const Mailboxes = ({ frame, page }: { frame: AdminFrame; page: MailboxesPage }) => (
  <Admin title="Mailboxes" frame={frame} place="mailboxes">
    <PageHead
      title="Mailboxes"
      lede="Every user has one. Further ones sort mail apart, or are shared, such as office@ or family@."
    >
      <a class="btn btn-primary" href={`${AT}/new`}>
        <Icon name="plus" />
        New mailbox
      </a>
    </PageHead>
    {page.group === "" ? null : (
      <p class="row filtered">
        <Badge kind="info">mail group {page.group}</Badge>
        <a href={AT}>All mailboxes</a>
      </p>
    )}
    <FoundList
      at={AT}
      label="Search owner, address or description"
      found={page}
      lines={page.mailboxes.length}
      noun={["mailbox", "mailboxes"]}
      wishes={wishes(page)}
      empty={{ icon: "mailbox", title: "No mailbox matches", hint: "Try a shorter piece of the name." }}
    >
      <div class="table-wrap">
        <table class="table table-stacks table-mailboxes">
          <thead>
            <tr>
              <th>Mailbox</th>
              <Column page={page} sort="owner" label="Owner" />
              <Column page={page} sort="size" label="Mail" end />
              <Column page={page} sort="fill" label="Quota" />
            </tr>
          </thead>
          <tbody>
            {page.mailboxes.map((line) => (
              <Line line={line} />
            ))}
          </tbody>
        </table>
      </div>
    </FoundList>
  </Admin>
);

/** What a new mailbox is made from. */
export interface NewMailboxPage {
  /** Names of mail groups; none where whoever looks may not choose one. */
  readonly groups: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
  readonly errors: FieldErrors;
}

export const NewMailbox = ({
  frame,
  page: { groups, fields, errors },
}: {
  frame: AdminFrame;
  page: NewMailboxPage;
}) => (
  <Admin title="New mailbox" frame={frame} place="mailboxes">
    <Crumbs href={AT} label="Mailboxes" here="New mailbox" />
    <PageHead
      title="New mailbox"
      lede="A further one for a user: it has addresses of its own, and can be shared with others."
    />
    <form class="panel form" action={`${AT}/new`} method="post">
      <CsrfField token={frame.csrf} />
      <Problem text={errors[""]} />
      <NamedField
        label="Owner"
        name="owner"
        value={fields.owner}
        error={errors.owner}
        required
        from={`${AT}/people`}
        hint="The login name of whoever looks after it."
      />
      <AddressField
        label="Address"
        name="address"
        value={fields.address}
        error={errors.address}
        placeholder="office@home.example"
        hint="The return address. More can be added later."
      />
      <TextField
        label="Description"
        name="description"
        value={fields.description}
        error={errors.description}
        hint="What it is for. Those with whom it is shared see it as its name."
      />
      {groups.length === 0 ? null : (
        <Select
          label="Mail group"
          name="group"
          value={fields.group}
          error={errors.group}
          options={[{ value: "", label: "None" }, ...groups.map((name) => ({ value: name, label: name }))]}
          hint="Its limits and rules hold where the mailbox has none of its own."
        />
      )}
      <FormActions label="Create mailbox" cancel={AT} />
    </form>
  </Admin>
);
