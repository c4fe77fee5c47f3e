/** Letters that wait to leave: their writer sees them, puts them off, lets them go now, and calls them back. */
import { z } from "zod";
import type { User } from "../../directory/directory.ts";
import { Refusal } from "../../refusal.ts";
import type { HeldLetter } from "../../transport/later/later.ts";
import { managedOrOwn } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { textOfTime, timeText } from "../values.ts";

const letterView = z.object({
  id: z.number().int(),
  subject: z.string(),
  to: z.string(),
  from: z.string(),
  leavesAt: timeText,
  problem: z.string().nullable().describe("Why it could not leave; it waits until something is done."),
  messageId: z.string().describe("Without brackets."),
});
export type LetterView = z.output<typeof letterView>;

const login = z.string().max(512).describe("Whose it is.");
const id = z.coerce.number().int().min(1);

export const listLetters = operation({
  name: "letter.list",
  summary: "Lists the messages of a user that wait to be sent, the next one first.",
  http: "GET /users/{login}/letters",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ login }),
  output: z.object({ letters: z.array(letterView) }),
  run: (context, { login }) => ({ letters: context.transport.later.list(owner(context, login).id).map(viewOf) }),
});

export const putOffLetter = operation({
  name: "letter.set",
  summary: "Puts a message that waits off to another time, or sends it now.",
  http: "PATCH /users/{login}/letters/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({
    login,
    id,
    at: z.iso
      .datetime({ offset: true, error: "A time looks like 2027-01-31T08:00:00Z." })
      .optional()
      .describe("When it leaves; missing: now."),
  }),
  output: letterView,
  async run(context, { login, id, at }) {
    const user = owner(context, login);
    return await context.commit((tx, note) => {
      const { later } = context.transport;
      const before = later.require(user.id, id);
      const after = later.putOffWithin(tx, user.id, id, at === undefined ? context.now() : Date.parse(at));
      note({ subject: subjectOf(user, after), before: recorded(before), after: recorded(after) });
      return viewOf(after);
    });
  },
});

export const callBackLetter = operation({
  name: "letter.callBack",
  summary: "Calls a message back that waits: it is not sent, and stays a draft.",
  http: "DELETE /users/{login}/letters/{id}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ login, id }),
  output: letterView,
  async run(context, { login, id }) {
    const user = owner(context, login);
    return await context.commit((tx, note) => {
      const letter = context.transport.later.callBackWithin(tx, user.id, id);
      note({ subject: subjectOf(user, letter), before: recorded(letter) });
      return viewOf(letter);
    });
  },
});

/** Only a person himself: what he wrote is nobody else's, but the console may look after it. */
function owner(context: Context, login: string): User {
  const user = managedOrOwn(context, login);
  if (context.actor.kind === "user" && user.id !== context.actor.user?.id)
    throw new Refusal("notPermitted", "What somebody writes only he sees.");
  return user;
}

function viewOf({ id, dueAt, problem, posting }: HeldLetter): LetterView {
  const { subject, to, key: messageId, reversePath } = posting;
  return { id, subject, to, from: reversePath, leavesAt: textOfTime(dueAt), problem, messageId };
}

const subjectOf = ({ login }: User, { id }: HeldLetter) => `message ${id} of ${login} that waits`;

/** What the audit log keeps: when it was to leave, and not what it says. */
const recorded = ({ dueAt }: HeldLetter): object => ({ leavesAt: textOfTime(dueAt) });

export const letterOperations = [listLetters, putOffLetter, callBackLetter] as const;
