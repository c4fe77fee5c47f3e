/**
 * Streams that tell an open page of the administration that what it lists changed (server-sent events, WHATWG HTML §9.2): one event
 * "changed", at most one a second; the page then fetches its list anew. What changed is not told, and so nothing can leak here.
 */
import { reachOfUser } from "../../administration/actor.ts";
import { Refusal } from "../../refusal.ts";
import { signedIn, type WebContext } from "../context.ts";
import type { Front } from "../site.ts";

/** Changes within this time make one event. */
const GATHER_MS = 1_000;
/** A sign of life, so that no proxy closes a quiet stream; the session is looked at then, too. */
const PULSE_MS = 20_000;
/** Streams of one kind open at once, of all administrators together. */
const MOST_STREAMS = 50;

/** Begins to listen for changes; returns the function that ends it. */
export type Listening = (changed: () => void) => () => void;

/** Whether whoever opened a page still administrates everything. */
export function stillAdministrates({ sessions, cookies }: Front, c: WebContext): () => boolean {
  const token = cookies.session(c);
  const { user } = signedIn(c);
  return () => {
    const now = sessions.current(token, { quietly: true })?.user;
    return now?.id === user.id && reachOfUser(now) === "all";
  };
}

/** The streams of one page, for however many look at it. */
export class LiveLists {
  #open = 0;

  constructor(
    private readonly front: Front,
    private readonly listen: Listening,
  ) {}

  /** A stream, until the browser goes or the session ends. @throws Refusal "tooMany" */
  answer(c: WebContext): Response {
    if (this.#open >= MOST_STREAMS) {
      throw new Refusal("tooMany", "Too many pages are kept current at once. Close one of them.");
    }
    this.#open++;
    c.header("content-type", "text/event-stream");
    c.header("cache-control", "no-store, no-transform");
    c.header("x-accel-buffering", "no");
    return c.body(this.#stream(stillAdministrates(this.front, c)));
  }

  #stream(mayGoOn: () => boolean): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let stop = () => {};
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const send = (text: string) => controller.enqueue(encoder.encode(text));
        let waiting: ReturnType<typeof setTimeout> | undefined;
        const tell = () => {
          waiting = undefined;
          send("event: changed\ndata:\n\n");
        };
        const off = this.listen(() => {
          waiting ??= setTimeout(tell, GATHER_MS);
        });
        const end = () => {
          stop();
          controller.close();
        };
        const pulse = setInterval(() => {
          if (mayGoOn()) send(":\n\n");
          else end();
        }, PULSE_MS);
        const closed = this.front.livePages.opened(end);
        stop = () => {
          stop = () => {};
          closed();
          off();
          clearInterval(pulse);
          clearTimeout(waiting);
          this.#open--;
        };
        send("retry: 2000\n\n");
      },
      cancel: () => stop(),
    });
  }
}
