/** Whom a delegated administrator looks after, as a condition for lists: may.ts of the administration says the same about one user. */
import { type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { ADMINISTRATOR } from "./permissions.ts";

/** Whether the user of an id does not administrate, has addresses, and has them all in these domains. */
export function ownerWithin(owner: SQLWrapper, domainIds: ReadonlySet<number>): SQL {
  return sql`${owner} IN (
    SELECT m.owner_id FROM addresses a JOIN mailboxes m ON m.id = a.mailbox_id JOIN users u ON u.id = m.owner_id
    WHERE u.kind = 'user' AND u.permissions NOT LIKE ${`%"${ADMINISTRATOR}"%`}
    GROUP BY m.owner_id HAVING min(a.domain_id IN (SELECT value FROM json_each(${JSON.stringify([...domainIds])}))) = 1)`;
}
