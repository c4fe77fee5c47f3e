/** Groups of people that rules are about. */
import { z } from "zod";
import { type PeopleGroup, peopleGroupPatchSchema, peopleGroupSchema } from "../../gateway/groups.ts";
import { operation } from "../operation.ts";

const groupView = z.object({
  name: z.string(),
  description: z.string(),
  members: z.array(z.string()).describe("Login names."),
});
export type PeopleGroupView = z.output<typeof groupView>;

const name = z.string().trim().min(1, "A group has a name.").max(100, "A name has at most 100 characters.");

export const listPeopleGroups = operation({
  name: "peopleGroup.list",
  summary: "Lists the groups of people that rules of the gateway are about.",
  http: "GET /gateway/groups",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ groups: z.array(groupView) }),
  run: ({ gateway }) => ({ groups: gateway.groups.list().map(viewOf) }),
});

export const addPeopleGroup = operation({
  name: "peopleGroup.add",
  summary: "Makes a group of people.",
  http: "POST /gateway/groups",
  scope: "gateway:write",
  who: "administrator",
  input: peopleGroupSchema,
  output: groupView,
  async run(context, given) {
    return await context.commit((tx, note) => {
      const made = context.gateway.groups.createWithin(tx, given);
      note({ subject: subjectOf(made), after: recorded(made) });
      return viewOf(made);
    });
  },
});

export const setPeopleGroup = operation({
  name: "peopleGroup.set",
  summary: "Changes a group of people, or who is in it.",
  http: "PATCH /gateway/groups/{name}",
  scope: "gateway:write",
  who: "administrator",
  input: peopleGroupPatchSchema.omit({ name: true }).extend({ name, rename: name.optional() }),
  output: groupView,
  async run(context, { name, rename, ...change }) {
    return await context.commit((tx, note) => {
      const { groups } = context.gateway;
      const before = groups.require(name);
      const after = groups.updateWithin(tx, name, { ...change, ...(rename !== undefined && { name: rename }) });
      note({ subject: subjectOf(before), before: recorded(before), after: recorded(after) });
      return viewOf(after);
    });
  },
});

export const removePeopleGroup = operation({
  name: "peopleGroup.remove",
  summary: "Removes a group of people that no rule is about; the people stay.",
  http: "DELETE /gateway/groups/{name}",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ name }),
  output: z.object({}),
  async run(context, { name }) {
    await context.commit((tx, note) => {
      const before = context.gateway.groups.require(name);
      context.gateway.groups.removeWithin(tx, name);
      note({ subject: subjectOf(before), before: recorded(before) });
    });
    return {};
  },
});

function viewOf({ name, description, members }: PeopleGroup): PeopleGroupView {
  return { name, description, members: [...members] };
}

function recorded({ id: _, ...group }: PeopleGroup): object {
  return group;
}

function subjectOf({ name }: PeopleGroup): string {
  return `gateway group ${name}`;
}

export const peopleGroupOperations = [listPeopleGroups, addPeopleGroup, setPeopleGroup, removePeopleGroup] as const;
