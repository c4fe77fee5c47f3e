/** Groups of people that rules are about: the list, and one of them. */
import { CsrfField, FormActions } from "../../parts/forms.tsx";
import type { TabForm } from "../../parts/tabs.tsx";
import { Empty, PageHead, Problem } from "../../parts/telling.tsx";
import { AskToRemove } from "../confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { NameFields } from "./parts.tsx";
import { People, type Somebody } from "./people.tsx";
import { PolicyTabs } from "./policy-tabs.tsx";
import { listed } from "./rule-words.ts";

export const GROUPS = "/admin/gateway/groups";

export interface PeopleGroupLine {
  readonly name: string;
  readonly description: string;
  readonly members: readonly string[];
}

export const atGroup = (name: string): string => `${GROUPS}/${encodeURIComponent(name)}`;

const words = ({ description, members }: PeopleGroupLine): string =>
  [description, members.length === 0 ? "nobody yet" : listed(members)].filter(Boolean).join(" · ");

const GroupFields = ({
  group,
  form,
  name,
  people,
}: {
  group: PeopleGroupLine;
  form: TabForm;
  name: "name" | "rename";
  people: readonly Somebody[] | undefined;
}) => (
  <>
    <NameFields form={form} name={name} of={group} />
    <People form={form} name="members" label="Members" chosen={group.members} people={people} />
  </>
);

const NEW: PeopleGroupLine = { name: "", description: "", members: [] };

export const PeopleGroups = ({
  frame,
  groups,
  form,
  people,
}: {
  frame: AdminFrame;
  groups: readonly PeopleGroupLine[];
  form: TabForm;
  people: readonly Somebody[] | undefined;
}) => (
  <Admin title="Groups" frame={frame} place="gateway/rules">
    <PageHead
      title="Rules and limits"
      lede="Groups of people that rules are about. Everybody, whoever has logged in, administrators and guests are there without being made."
    />
    <PolicyTabs current="groups" />
    <div class="split">
      <section class="panel panel-flush" aria-label="Groups">
        {groups.length === 0 ? (
          <Empty icon="users" title="No group yet">
            <p>Make one, such as “children” or “office”, and rules can name it instead of each person.</p>
          </Empty>
        ) : (
          <ul class="lines">
            {groups.map((group) => (
              <li>
                <span class="two">
                  <a class="strong clip" href={atGroup(group.name)}>
                    {group.name}
                  </a>
                  <span class="muted small wraps">{words(group)}</span>
                </span>
                <span class="muted num end">
                  {group.members.length.toLocaleString("en")} {group.members.length === 1 ? "person" : "people"}
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
      <form class="panel form" action={form.action} method="post">
        <CsrfField token={form.csrf} />
        <h2>Make a group</h2>
        <Problem text={form.errors[""]} />
        <GroupFields group={NEW} form={form} name="name" people={people} />
        <FormActions label="Make the group" icon="plus" />
      </form>
    </div>
  </Admin>
);

export const PeopleGroupView = ({
  frame,
  group,
  form,
  people,
}: {
  frame: AdminFrame;
  group: PeopleGroupLine;
  form: TabForm;
  people: readonly Somebody[] | undefined;
}) => (
  <Admin title={group.name} frame={frame} place="gateway/rules">
    <Crumbs href={GROUPS} label="Groups" here={group.name} />
    <PageHead title={group.name}>
      <AskToRemove href={`${atGroup(group.name)}/remove`} />
    </PageHead>
    <form class="panel form" action={form.action} method="post">
      <CsrfField token={form.csrf} />
      <Problem text={form.errors[""]} />
      <GroupFields group={group} form={form} name="rename" people={people} />
      <FormActions label="Save changes" />
    </form>
  </Admin>
);
