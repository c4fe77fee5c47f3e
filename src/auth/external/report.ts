/** What an import or a synchronisation did. Pure values; stored with the database. */

/** What is to be done about one entry of a directory, or about a user whose entry is gone. */
export const PLAN_ACTIONS = ["create", "update", "leave", "disable", "conflict"] as const;
export type PlanAction = (typeof PLAN_ACTIONS)[number];

/** The outcome of one run. */
export interface RunReport {
  readonly kind: "import" | "synchronisation";
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly created: number;
  readonly updated: number;
  readonly disabled: number;
  /** Users with whom nothing was to be done. */
  readonly left: number;
  /** What could not be done and why, the first of them. */
  readonly problems: readonly string[];
  /** How many problems there were in all. */
  readonly problemCount: number;
  /** Why nothing was done at all: the directory is away, or the safety catch held. Empty if the run went through. */
  readonly failure: string;
}
