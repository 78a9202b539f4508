/** The camera's picture with its masks; a drag draws one more. */

import { type PointerEvent, type ReactNode, useRef, useState } from "react";
import { useWords } from "../words/language";
import { centre, type Corner, type Mask, points, rectangle } from "./shapes";

interface Props {
  readonly masks: readonly Mask[];
  readonly aspectRatio: string;
  readonly add: (mask: Mask) => void;
  readonly children: ReactNode;
}

export function MaskCanvas({ masks, aspectRatio, add, children }: Props) {
  const words = useWords().masks;
  const view = useRef<SVGSVGElement>(null);
  const [drawn, setDrawn] = useState<readonly [Corner, Corner] | null>(null);
  const at = ({ clientX, clientY }: PointerEvent): Corner => {
    const box = view.current?.getBoundingClientRect();
    return box ? [(clientX - box.left) / box.width, (clientY - box.top) / box.height] : [0, 0];
  };
  const begin = (event: PointerEvent<SVGSVGElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrawn([at(event), at(event)]);
  };
  const finish = (): void => {
    const mask = drawn && rectangle(...drawn);
    setDrawn(null);
    if (mask) add(mask);
  };
  const draft = drawn && rectangle(...drawn);
  return (
    <div className="masks-picture" style={{ aspectRatio }}>
      {children}
      <svg
        ref={view}
        viewBox="0 0 1 1"
        preserveAspectRatio="none"
        role="img"
        aria-label={words.canvas}
        onPointerDown={begin}
        onPointerMove={(event) => drawn && setDrawn([drawn[0], at(event)])}
        onPointerUp={finish}
        onPointerCancel={() => setDrawn(null)}
      >
        {masks.map((mask) => (
          <polygon key={points(mask)} points={points(mask)} vectorEffect="non-scaling-stroke" />
        ))}
        {draft && <polygon className="masks-draft" points={points(draft)} vectorEffect="non-scaling-stroke" />}
      </svg>
      {masks.map((mask, place) => (
        <span key={points(mask)} className="masks-number" style={placeOf(mask)} aria-hidden>
          {place + 1}
        </span>
      ))}
    </div>
  );
}

function placeOf(mask: Mask): { left: string; top: string } {
  const [x, y] = centre(mask);
  return { left: `${100 * x}%`, top: `${100 * y}%` };
}
