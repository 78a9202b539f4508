import { PlayCircleOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useState } from "react";
import { fetchSystem } from "../api/calls";
import type { Hit } from "../api/types";
import { FramePicture } from "../pictures/FramePicture";
import { useWords } from "../words/language";
import { comesWithin } from "./clip";
import { ClipPlayer } from "./ClipPlayer";

interface Props {
  readonly hit: Hit;
  readonly isClipOpen: boolean;
  readonly enlarge: () => void;
  readonly toggleClip: () => void;
}

/** The camera's whole picture, and its clip in place of it while somebody watches that. */
export function Evidence({ hit, isClipOpen, enlarge, toggleClip }: Props) {
  const words = useWords();
  const isComing = useIsComing(hit);
  const { clip } = hit;
  return (
    <section className="card case-card" aria-label={words.review.frame}>
      <h2>{words.review.frame}</h2>
      {clip !== null && isClipOpen ? (
        <ClipPlayer key={clip.began_at} hit={hit} codec={clip.codec} close={toggleClip} />
      ) : (
        <FramePicture hit={hit} onEnlarge={enlarge} />
      )}
      {clip !== null && !isClipOpen && (
        <Button className="clip-open" icon={<PlayCircleOutlined aria-hidden />} onClick={toggleClip}>
          {words.clip.play(clip.seconds.toFixed(0))}
        </Button>
      )}
      {isComing && <p className="soft small">{words.clip.coming}</p>}
    </section>
  );
}

function useIsComing(hit: Hit): boolean {
  const [nowMs, setNow] = useState(() => Date.now());
  const { data: system } = useQuery({ queryKey: ["system"], queryFn: fetchSystem });
  const withinMs = system?.has_clips ? comesWithin(hit, nowMs) : 0;
  useEffect(() => {
    if (withinMs === 0) return;
    const over = setTimeout(() => setNow(Date.now()), withinMs);
    return () => clearTimeout(over);
  }, [withinMs]);
  return withinMs > 0;
}
