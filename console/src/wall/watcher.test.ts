import { describe, expect, test } from "vitest";
import type { WallAnswer, WallTile } from "../api/types";
import { PAUSE_MS, WallWatcher } from "./watcher";

interface Question {
  readonly known: Readonly<Record<string, number>>;
  readonly width: number;
  readonly waitS: number;
  readonly signal: AbortSignal;
  readonly answer: (answer: WallAnswer) => Promise<void>;
  readonly fail: () => Promise<void>;
}

const settled = (): Promise<void> => new Promise((done) => setTimeout(done));

function aWatcher() {
  const asked: Question[] = [];
  const waits: { run: () => void; ms: number; isCancelled: boolean }[] = [];
  const watcher = new WallWatcher({
    ask: (known, width, waitS, signal) =>
      new Promise((resolve, reject) => {
        const answer = (said: WallAnswer): Promise<void> => (resolve(said), settled());
        const fail = (): Promise<void> => (reject(new Error("away")), settled());
        asked.push({ known: Object.fromEntries(known), width, waitS, signal, answer, fail });
      }),
    later: (run, ms) => {
      const wait = { run, ms, isCancelled: false };
      waits.push(wait);
      return () => (wait.isCancelled = true);
    },
    nowMs: () => 1_000_000,
  });
  return { watcher, asked, waits };
}

function aTile(id: string, number: number | null, more: Partial<WallTile> = {}): WallTile {
  const picture = number === null ? null : aPicture(id, number);
  return { stream_id: id, state: "live", explanation: null, since: null, attention: "patrol", picture, ...more };
}

function aPicture(id: string, number: number): WallTile["picture"] {
  const taken_at = "2026-03-02T01:30:00Z";
  return { stream_id: id, number, taken_at, width: 640, height: 360, boxes: [[0.1, 0.1, 0.2, 0.2]], jpeg: "AAAA" };
}

const said = (...tiles: WallTile[]): WallAnswer => ({ now: "2026-03-02T01:30:04Z", tiles });

describe("the wall", () => {
  test("asks at once how its cameras are, and then waits for what is newer", async () => {
    const { watcher, asked, waits } = aWatcher();
    watcher.want(["a", "b"], 640);
    expect(asked[0]).toMatchObject({ known: { a: 0, b: 0 }, width: 640, waitS: 0 });
    await asked[0]?.answer(said(aTile("a", 7), aTile("b", null)));
    expect(waits[0]?.ms).toBe(PAUSE_MS);
    waits[0]?.run();
    expect(asked[1]).toMatchObject({ known: { a: 7, b: 0 }, waitS: 5 });
  });

  test("counts a picture's age by the server's clock", async () => {
    const { watcher, asked } = aWatcher();
    watcher.want(["a"], 640);
    await asked[0]?.answer(said(aTile("a", 7)));
    expect(watcher.read().tiles.get("a")?.picture).toMatchObject({
      source: "data:image/jpeg;base64,AAAA",
      takenAtMs: 1_000_000 - 4000,
      boxes: [[0.1, 0.1, 0.2, 0.2]],
    });
  });

  test("keeps the last picture of a camera that is lost, and says why", async () => {
    const { watcher, asked, waits } = aWatcher();
    watcher.want(["a"], 640);
    await asked[0]?.answer(said(aTile("a", 7)));
    waits[0]?.run();
    await asked[1]?.answer(said(aTile("a", null, { state: "down", explanation: "no way there" })));
    expect(watcher.read().tiles.get("a")).toMatchObject({ state: "down", explanation: "no way there" });
    expect(watcher.read().tiles.get("a")?.picture).not.toBeNull();
  });

  test("drops the question on its way when others are wanted", async () => {
    const { watcher, asked } = aWatcher();
    watcher.want(["a"], 640);
    watcher.want(["a"], 640);
    expect(asked).toHaveLength(1);
    watcher.want(["b"], 640);
    expect(asked[0]?.signal.aborted).toBe(true);
    await asked[0]?.answer(said(aTile("a", 7)));
    expect(watcher.read().tiles.size).toBe(0);
    expect(asked[1]?.known).toEqual({ b: 0 });
  });

  test("wants a picture anew in another size", async () => {
    const { watcher, asked } = aWatcher();
    watcher.want(["a"], 640);
    await asked[0]?.answer(said(aTile("a", 7)));
    watcher.want(["a"], 1280);
    expect(asked[1]).toMatchObject({ known: { a: 0 }, width: 1280 });
  });

  test("asks nothing while nothing is on the screen, and goes on where it was", async () => {
    const { watcher, asked, waits } = aWatcher();
    watcher.want(["a"], 640);
    await asked[0]?.answer(said(aTile("a", 7)));
    watcher.want([], 640);
    expect(waits[0]?.isCancelled).toBe(true);
    expect(asked).toHaveLength(1);
    watcher.want(["a"], 640);
    expect(asked[1]?.known).toEqual({ a: 7 });
  });

  test("says that the server does not answer, and tries again more and more slowly", async () => {
    const { watcher, asked, waits } = aWatcher();
    watcher.want(["a"], 640);
    for (let n = 0; n < 6; n++) {
      await asked[n]?.fail();
      waits[n]?.run();
    }
    expect(waits.map(({ ms }) => ms)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(watcher.read().lostSinceMs).toBe(1_000_000);
    await asked[6]?.answer(said(aTile("a", 7)));
    expect(watcher.read().lostSinceMs).toBeNull();
  });

  test("forgets every picture when it is left", async () => {
    const { watcher, asked } = aWatcher();
    watcher.want(["a"], 640);
    await asked[0]?.answer(said(aTile("a", 7)));
    watcher.close();
    expect(watcher.read().tiles.size).toBe(0);
    watcher.want(["a"], 640);
    expect(asked[1]?.known).toEqual({ a: 0 });
  });
});
