import { ExpandOutlined } from "@ant-design/icons";
import type { Hit } from "../api/types";
import { useWords } from "../words/language";
import { Picture } from "./Picture";

interface Props {
  readonly hit: Hit;
  readonly onEnlarge?: () => void;
}

/** The camera's whole picture with the face marked. */
export function FramePicture({ hit, onEnlarge }: Props) {
  const words = useWords();
  const [width = 16, height = 9] = hit.frame_wh;
  const picture = (
    <Picture address={hit.pictures.frame} alt={words.review.frameAlt(hit.stream.place)} className="frame-picture">
      <FaceMark hit={hit} />
    </Picture>
  );
  return (
    <div className="frame" style={{ aspectRatio: `${width} / ${height}` }}>
      {picture}
      {onEnlarge && hit.pictures.frame !== null && (
        <button type="button" className="frame-enlarge" onClick={onEnlarge} aria-label={words.review.enlarge}>
          <ExpandOutlined aria-hidden />
        </button>
      )}
    </div>
  );
}

/** Room around the face, as a share of its size, so that the mark does not cover it. */
const MARGIN = 0.35;

function FaceMark({ hit }: { readonly hit: Hit }) {
  const [width = 1, height = 1] = hit.frame_wh;
  const [left = 0, top = 0, right = 0, bottom = 0] = hit.box_xyxy;
  const [marginX, marginY] = [(right - left) * MARGIN, (bottom - top) * MARGIN];
  const box = { x: left - marginX, y: top - marginY, width: right - left + 2 * marginX, height: bottom - top + 2 * marginY };
  return (
    <svg className="frame-mark" viewBox={`0 0 ${width} ${height}`} aria-hidden>
      <rect {...box} rx={width / 200} className="frame-mark-edge" vectorEffect="non-scaling-stroke" />
      <rect {...box} rx={width / 200} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
