/** One camera, larger; the arrows lead to the others of the wall, Esc leads back. */

import { ArrowLeftOutlined, LeftOutlined, RightOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link } from "wouter";
import type { StreamStatus } from "../api/types";
import { useWords } from "../words/language";
import { Lost } from "./Lost";
import { neighbour } from "./neighbour";
import type { FreshHit } from "./useHits";
import { useWall } from "./useWall";
import { useWallKeys } from "./useWallKeys";
import { WallTile } from "./WallTile";

const WIDTH = 1280;

interface Props {
  readonly stream: StreamStatus;
  readonly streams: readonly StreamStatus[];
  readonly hits: ReadonlyMap<string, FreshHit>;
  readonly nowMs: number;
  readonly open: (id: string | null) => void;
}

export function OneCamera({ stream, streams, hits, nowMs, open }: Props) {
  const words = useWords().wall;
  const { tiles, lostSinceMs } = useWall([stream.id], WIDTH);
  const turn = (step: number): void => open(neighbour(streams, stream.id, step));
  useWallKeys((key) => {
    if (key === "Escape") open(null);
    else if (key === "ArrowLeft") turn(-1);
    else if (key === "ArrowRight") turn(1);
    else return false;
    return true;
  });
  return (
    <div className="wall wall-one">
      <div className="wall-head">
        <Button icon={<ArrowLeftOutlined aria-hidden />} onClick={() => open(null)}>
          {words.back}
        </Button>
        <h1>{stream.name}</h1>
        <span className="soft small">
          {stream.site.name} · {stream.place}
        </span>
        <Link href={`/streams/${encodeURIComponent(stream.id)}`}>{words.details}</Link>
        <span className="wall-turn">
          <Button icon={<LeftOutlined aria-hidden />} aria-label={words.previous} onClick={() => turn(-1)} />
          <Button icon={<RightOutlined aria-hidden />} aria-label={words.next} onClick={() => turn(1)} />
        </span>
      </div>
      <Lost isLost={lostSinceMs !== null} />
      <WallTile
        stream={stream}
        tile={tiles.get(stream.id)}
        hit={hits.get(stream.id)}
        nowMs={nowMs}
        isCurrent
        open={() => open(null)}
        openLabel={words.back}
        focused={() => undefined}
      />
    </div>
  );
}
