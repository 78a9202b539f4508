/** One camera: its newest picture with a box around each face, its name, and how old the picture is. */

import { useLocation } from "wouter";
import type { StreamStatus } from "../api/types";
import { spoken } from "../review/queue";
import { ago } from "../time/clock";
import { useWords } from "../words/language";
import { noteOf } from "./note";
import type { FreshHit } from "./useHits";
import type { Shown, Tile } from "./watcher";

/** Older than this and a picture is not what happens now. */
const OLD_MS = 10_000;

interface Props {
  readonly stream: StreamStatus;
  readonly tile: Tile | undefined;
  readonly hit: FreshHit | undefined;
  readonly nowMs: number;
  /** The one that the keys are at. */
  readonly isCurrent: boolean;
  readonly open: () => void;
  /** What `open` does, for who cannot see it. */
  readonly openLabel: string;
  readonly focused: () => void;
}

export function WallTile({ stream, tile, hit, nowMs, isCurrent, open, openLabel, focused }: Props) {
  const words = useWords();
  const [, go] = useLocation();
  const picture = tile?.picture ?? null;
  const isOld = picture !== null && nowMs - picture.takenAtMs > OLD_MS;
  const note = noteOf(tile, isOld, words.wall);
  const label = hit ? words.wall.toHit(stream.name, spoken(hit.number)) : openLabel;
  return (
    <button
      type="button"
      id={tileId(stream.id)}
      className={`wall-tile ${note === null ? "" : "wall-old"} ${hit ? "wall-alarm" : ""}`}
      tabIndex={isCurrent ? 0 : -1}
      aria-label={label}
      onClick={() => (hit ? go(`/hits/${hit.id}`) : open())}
      onFocus={focused}
    >
      {picture && <WallPicture picture={picture} alt={words.wall.faces(picture.boxes.length)} />}
      {note !== null && (
        <span className="wall-note">
          {tile?.state === "down" && <strong>{words.wall.down}</strong>}
          <span>{note}</span>
        </span>
      )}
      <span className="wall-name">
        <strong>{stream.name}</strong>
        {picture && <span className="numbers">{ago(new Date(picture.takenAtMs).toISOString(), nowMs, words.time)}</span>}
      </span>
      {hit && <span className="wall-hit">{words.wall.hit(spoken(hit.number))}</span>}
    </button>
  );
}

export function tileId(streamId: string): string {
  return `wall-${streamId}`;
}

function WallPicture({ picture, alt }: { readonly picture: Shown; readonly alt: string }) {
  const { source, width, height, boxes } = picture;
  return (
    <span className={`wall-picture ${width * 9 < height * 16 ? "wall-tall" : ""}`} style={{ aspectRatio: `${width} / ${height}` }}>
      <img src={source} alt={alt} draggable={false} />
      <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden>
        {boxes.map(([x1, y1, x2, y2]) => (
          <rect
            key={`${x1} ${y1} ${x2} ${y2}`}
            x={x1}
            y={y1}
            width={x2 - x1}
            height={y2 - y1}
            vectorEffect="non-scaling-stroke"
          />
        ))}
      </svg>
    </span>
  );
}
