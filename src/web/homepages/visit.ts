/** One request for a page of somebody's, as far as it is known when his folder is opened. */
import type { User } from "../../directory/user.ts";
import type { Jail } from "../../files/files.ts";
import type { Client, FileBody } from "../context.ts";

export interface Visit {
  readonly request: Request;
  readonly method: string;
  readonly owner: User;
  readonly jail: Jail;
  /** What stands before the path in the address: "/~anna", or "" on the owner's own host name. */
  readonly base: string;
  /** The virtual path, a slash at the end kept. */
  readonly path: string;
  /** "?" and the query, or "". */
  readonly query: string;
  readonly ownHost: boolean;
  readonly client: Client;
  readonly fileBody: FileBody | undefined;
}
