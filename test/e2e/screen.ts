/** A program in a terminal (tmux): keys go in, what the screen shows comes out. */
import { run, succeed, until } from "../harness.ts";

let count = 0;

export class Screen {
  private constructor(
    private readonly socket: string,
    private readonly said: () => string,
  ) {}

  /** Starts a program in a terminal of 100 × 30 characters. */
  static async open(command: readonly string[], env: Record<string, string> = {}): Promise<Screen> {
    const socket = `gatepost-${process.pid}-${++count}`;
    const variables = Object.entries({ LANG: "C.UTF-8", LC_ALL: "C.UTF-8", ...env }).map(
      ([name, value]) => `${name}=${value}`,
    );
    await succeed([
      ...["tmux", "-L", socket, "-f", "/dev/null", "-u", "new-session", "-d", "-x", "100", "-y", "30"],
      ...["env", ...variables, ...command],
    ]);
    return new Screen(socket, () => command.join(" "));
  }

  /** What the screen shows. */
  async text(): Promise<string> {
    const { out, error } = await run(["tmux", "-L", this.socket, "capture-pane", "-p"]);
    return `${out}${error}`;
  }

  /** Waits until the screen shows something. */
  async shows(pattern: RegExp, seconds = 20): Promise<string> {
    let last = "";
    try {
      return await until(
        async () => {
          last = await this.text();
          return pattern.test(last) && last;
        },
        `${pattern} on the screen of ${this.said()}`,
        seconds,
      );
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${last}`);
    }
  }

  /** Presses keys, by tmux's names: "Enter", "q", "C-c". */
  async press(...keys: string[]): Promise<void> {
    await succeed(["tmux", "-L", this.socket, "send-keys", ...keys]);
  }

  /** Waits until the program has ended by itself. */
  async over(): Promise<void> {
    await until(
      async () => (await run(["tmux", "-L", this.socket, "has-session"])).code !== 0,
      `the end of ${this.said()}`,
    );
  }

  /** Ends the program and the terminal. */
  async close(): Promise<void> {
    await run(["tmux", "-L", this.socket, "kill-server"]);
  }
}
