/** Files behind links: their owner sees them, lets them lie longer, and ends them. */
import { z } from "zod";
import type { User } from "../../directory/directory.ts";
import type { Parcel } from "../../transport/parcels.ts";
import { managedOrOwn } from "../may.ts";
import { operation } from "../operation.ts";
import { textOfTime, timeText } from "../values.ts";

const parcelView = z.object({
  id: z.number().int(),
  name: z.string(),
  size: z.number().int().describe("Octets."),
  addedAt: timeText,
  endsAt: timeText,
  fetched: z.number().int().describe("How often it was fetched."),
  fetchedAt: timeText.nullable().describe("When it was fetched last."),
});
export type ParcelView = z.output<typeof parcelView>;

const login = z.string().max(512).describe("Whose it is.");
const id = z.coerce.number().int().min(1);
const DAY_MS = 86_400_000;

export const listParcels = operation({
  name: "parcel.list",
  summary: "Lists the files of a user that lie behind links because they are too large for a letter, the latest first.",
  http: "GET /users/{login}/parcels",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ login }),
  output: z.object({ parcels: z.array(parcelView) }),
  run(context, { login }) {
    const user = managedOrOwn(context, login, "users:read");
    return { parcels: context.transport.parcels.list(user.id).map(viewOf) };
  },
});

export const prolongParcel = operation({
  name: "parcel.set",
  summary: "Lets a file lie behind its link for so many days from now.",
  http: "PATCH /users/{login}/parcels/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ login, id, days: z.coerce.number().int().min(1).max(365) }),
  output: parcelView,
  async run(context, { login, id, days }) {
    const user = managedOrOwn(context, login, "users:write");
    return await context.commit((tx, note) => {
      const before = context.transport.parcels.require(user.id, id);
      const after = context.transport.parcels.prolongWithin(tx, user.id, id, context.now() + days * DAY_MS);
      note({ subject: subjectOf(user, after), before: recorded(before), after: recorded(after) });
      return viewOf(after);
    });
  },
});

export const endParcel = operation({
  name: "parcel.remove",
  summary: "Ends a link: the file behind it is gone for good.",
  http: "DELETE /users/{login}/parcels/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ login, id }),
  output: parcelView,
  async run(context, { login, id }) {
    const user = managedOrOwn(context, login, "users:write");
    return await context.commit((tx, note) => {
      const ended = context.transport.parcels.endWithin(tx, user.id, id);
      note({ subject: subjectOf(user, ended), before: recorded(ended) });
      return viewOf(ended);
    });
  },
});

/** Without the address: who has it has the file. */
const viewOf = ({ id, name, size, createdAt, expiresAt, fetched, fetchedAt }: Parcel): ParcelView => ({
  ...{ id, name, size, fetched },
  addedAt: textOfTime(createdAt),
  endsAt: textOfTime(expiresAt),
  fetchedAt: fetchedAt === null ? null : textOfTime(fetchedAt),
});

const subjectOf = ({ login }: User, { id }: Parcel) => `file ${id} of ${login} behind a link`;

/** What the audit log keeps. */
const recorded = ({ name, size, expiresAt }: Parcel): object => ({ name, size, endsAt: textOfTime(expiresAt) });

export const parcelOperations = [listParcels, prolongParcel, endParcel] as const;
