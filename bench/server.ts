/** A server under measurement, whichever it is. */
export interface Server {
  readonly name: string;
  readonly smtp: number;
  readonly imap: number;
  readonly login: string;
  /** Memory of all its processes, octets: proportional, so that shared pages count once. */
  readonly memory: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export const LOGIN = "anna";
export const PASSWORD = "correct-horse-battery-staple";
export const ADDRESS = "anna@example.test";
