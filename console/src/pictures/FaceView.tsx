/** One face at a fixed size, whatever the size of the picture it stands in, so that two can be compared. */

import { useWords } from "../words/language";
import { Missing } from "./Picture";
import { squareAround } from "./square";
import { usePicture } from "./usePicture";

interface Props {
  readonly address: string | null;
  /** The face in the picture, pixels; empty where it is not known: then the whole picture is shown. */
  readonly boxXyxy: readonly number[];
  readonly alt: string;
  readonly onEnlarge: () => void;
}

export function FaceView({ address, boxXyxy, alt, onEnlarge }: Props) {
  const words = useWords();
  const picture = usePicture(address);
  if (picture.kind !== "shown")
    return (
      <div className="picture picture-missing face" role="img" aria-label={alt}>
        <Missing picture={picture} isSmall={false} />
      </div>
    );
  const { source, width, height } = picture;
  const { left, top, side } = squareAround(boxXyxy, width, height);
  return (
    <button type="button" className="picture face face-button" onClick={onEnlarge} title={words.review.enlarge}>
      <svg viewBox={`${left} ${top} ${side} ${side}`} role="img" aria-label={alt}>
        <image href={source} width={width} height={height} />
      </svg>
    </button>
  );
}
