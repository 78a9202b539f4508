import { useEffect } from "react";
import type { Hit } from "../api/types";
import { FaceView } from "../pictures/FaceView";
import { within } from "../pictures/square";
import { usePicture } from "../pictures/usePicture";
import { useWords } from "../words/language";
import { caseKey } from "./queue";

interface Props {
  readonly hit: Hit;
  /** Told once there is nothing more to wait for: both pictures are on screen, or will not come. */
  readonly onReady: (key: string) => void;
  readonly enlarge: (picture: "face" | "portrait") => void;
}

/**
 * A press meant for the hit before must not decide this one. Longer than the gap of a double press (about a
 * third of a second), shorter than anybody needs to compare two faces.
 */
const SETTLE_MS = 400;

/** The two faces side by side, at equal size: nothing else decides. */
export function FacePair({ hit, onReady, enlarge }: Props) {
  const words = useWords().review;
  const { face, portrait } = hit.pictures;
  const key = caseKey(hit);
  const isLoading = [usePicture(face).kind, usePicture(portrait).kind].includes("loading");
  useEffect(() => {
    if (isLoading) return;
    const timer = setTimeout(() => onReady(key), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [isLoading, key, onReady]);
  return (
    <div className="faces">
      <figure>
        <figcaption>{words.live}</figcaption>
        <FaceView
          address={face}
          boxXyxy={within(hit.box_xyxy, hit.crop_xyxy)}
          alt={words.liveAlt(hit.stream.place)}
          onEnlarge={() => enlarge("face")}
        />
      </figure>
      <figure>
        <figcaption>{words.enrolled}</figcaption>
        <FaceView
          address={portrait}
          boxXyxy={hit.portrait_box_xyxy}
          alt={words.enrolledAlt(hit.person.name)}
          onEnlarge={() => enlarge("portrait")}
        />
      </figure>
    </div>
  );
}
