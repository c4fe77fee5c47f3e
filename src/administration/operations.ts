/** Every operation there is: the HTTP API, its description and the tests of who may what are made from this table. */
import type { Operation } from "./operation.ts";
import { tokenOperations } from "./tokens.ts";
import { userOperations } from "./users.ts";

export const OPERATIONS: readonly Operation[] = [...userOperations, ...tokenOperations];
