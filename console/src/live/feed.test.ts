import { describe, expect, test } from "vitest";
import { LiveFeed, type Source } from "./feed";

class FakeSource implements Source {
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  isClosed = false;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly address: string) {}

  addEventListener(kind: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(kind, listener);
  }

  close(): void {
    this.isClosed = true;
  }

  say(kind: string, data: object): void {
    this.listeners.get(kind)?.({ data: JSON.stringify(data) } as MessageEvent<string>);
  }

  breakOff(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.();
  }
}

function aFeed() {
  const sources: FakeSource[] = [];
  const seen: number[] = [];
  const waits: { run: () => void; ms: number }[] = [];
  let gaps = 0;
  const feed = new LiveFeed({
    open: (address) => {
      const source = new FakeSource(address);
      sources.push(source);
      return source;
    },
    onEvent: (event) => seen.push(event.seq),
    onGap: () => gaps++,
    later: (run, ms) => {
      waits.push({ run, ms });
      return () => undefined;
    },
    nowMs: () => 42,
  });
  feed.connect();
  return { feed, sources, seen, waits, gaps: () => gaps, newest: () => sources.at(-1) as FakeSource };
}

describe("the live feed", () => {
  test("is live once it is open", () => {
    const { feed, newest } = aFeed();
    expect(feed.read()).toEqual({ kind: "connecting" });
    newest().onopen?.();
    expect(feed.read()).toEqual({ kind: "live" });
  });

  test("hears every event once", () => {
    const { newest, seen } = aFeed();
    newest().say("hit.recorded", { seq: 1 });
    newest().say("hit.recorded", { seq: 1 });
    newest().say("hit.decided", { seq: 2 });
    expect(seen).toEqual([1, 2]);
  });

  test("says since when it is lost, and lets the browser resume", () => {
    const { feed, newest, waits } = aFeed();
    newest().onopen?.();
    newest().breakOff(0);
    newest().breakOff(0);
    expect(feed.read()).toEqual({ kind: "lost", sinceMs: 42 });
    expect(waits).toEqual([]);
    newest().onopen?.();
    expect(feed.read()).toEqual({ kind: "live" });
  });

  test("asks for everything anew only while it has no place to go on from", () => {
    const { newest, gaps } = aFeed();
    newest().onopen?.();
    expect(gaps()).toBe(1);
    newest().say("hit.recorded", { seq: 1 });
    newest().breakOff(0);
    newest().onopen?.();
    expect(gaps()).toBe(1);
  });

  test("is lost as soon as the network is, and live again once it is back", () => {
    const { feed, newest } = aFeed();
    newest().onopen?.();
    feed.lose();
    expect(feed.read()).toEqual({ kind: "lost", sinceMs: 42 });
    feed.connect();
    newest().onopen?.();
    expect(feed.read()).toEqual({ kind: "live" });
  });

  test("opens a new connection after a refused one, and asks for what came since", () => {
    const { newest, waits, sources } = aFeed();
    newest().say("hit.recorded", { seq: 7 });
    newest().breakOff(2);
    waits[0]?.run();
    expect(sources.map((source) => source.address)).toEqual(["/api/v1/events", "/api/v1/events?after=7"]);
    newest().breakOff(2);
    expect(waits.map((wait) => wait.ms)).toEqual([1000, 2000]);
  });

  test("begins anew where the server does not know its place", () => {
    const { newest, seen, gaps } = aFeed();
    newest().say("hit.recorded", { seq: 9 });
    newest().say("reset", { seq: 2 });
    newest().say("hit.recorded", { seq: 3 });
    expect(seen).toEqual([9, 3]);
    expect(gaps()).toBe(1);
  });

  test("an old connection is closed and no longer heard", () => {
    const { feed, sources } = aFeed();
    feed.connect();
    expect(sources[0]?.isClosed).toBe(true);
    sources[0]?.breakOff(2);
    expect(feed.read()).toEqual({ kind: "connecting" });
  });
});
