/** The tiles; only those on the screen ask for pictures. */

import { type CSSProperties, useState } from "react";
import type { StreamStatus } from "../api/types";
import { useIsWide } from "../app/useIsWide";
import { useWords } from "../words/language";
import { type Choice, MOST_COLUMNS } from "./choice";
import { afterKey, fittingColumns, widthFor } from "./grid";
import { Lost } from "./Lost";
import type { FreshHit } from "./useHits";
import { useOnScreen, useWall } from "./useWall";
import { useWallKeys } from "./useWallKeys";
import { tileId, WallTile } from "./WallTile";

/** The server answers for no more at once; a screen shows fewer. */
const MOST_TILES = 64;

interface Props {
  readonly streams: readonly StreamStatus[];
  readonly choice: Choice;
  readonly change: (part: Partial<Choice>) => void;
  readonly hits: ReadonlyMap<string, FreshHit>;
  readonly nowMs: number;
  readonly open: (id: string) => void;
}

export function WallGrid({ streams, choice, change, hits, nowMs, open }: Props) {
  const words = useWords().wall;
  const isWide = useIsWide();
  const [onScreen, observe] = useOnScreen();
  const [currentId, setCurrentId] = useState<string | null>(null);
  const columns = choice.columns || fittingColumns(streams.length);
  const asked = streams.filter(({ id }) => onScreen.has(id)).map(({ id }) => id).slice(0, MOST_TILES);
  const { tiles, lostSinceMs } = useWall(asked, isWide ? widthFor(columns) : 640);
  const current = Math.max(0, streams.findIndex(({ id }) => id === currentId));
  useWallKeys((key) => {
    if (isColumns(key)) change({ columns: Number(key) });
    else if (key === "Enter" && isNothingFocused()) open(streams[current]?.id ?? "");
    else return focusAfter(key, current, isWide ? columns : 1, streams);
    return true;
  });
  return (
    <>
      <Lost isLost={lostSinceMs !== null} />
      <ul className="wall-grid" style={{ "--columns": columns } as CSSProperties}>
        {streams.map((stream, place) => (
          <li key={stream.id} ref={observe} data-stream={stream.id}>
            <WallTile
              stream={stream}
              tile={tiles.get(stream.id)}
              hit={hits.get(stream.id)}
              nowMs={nowMs}
              isCurrent={place === current}
              open={() => open(stream.id)}
              openLabel={words.opened(stream.name)}
              focused={() => setCurrentId(stream.id)}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

function isColumns(key: string): boolean {
  return /^\d$/.test(key) && Number(key) <= MOST_COLUMNS;
}

/** A focused button or link takes Enter for itself. */
function isNothingFocused(): boolean {
  return document.activeElement === document.body || document.activeElement?.id === "content";
}

function focusAfter(key: string, current: number, columns: number, streams: readonly StreamStatus[]): boolean {
  const next = afterKey(key, current, columns, streams.length);
  const id = next === null ? undefined : streams[next]?.id;
  if (id === undefined) return false;
  document.getElementById(tileId(id))?.focus();
  return true;
}
