import { Button, Spin } from "antd";
import type { ReactNode } from "react";
import { useWords } from "../words/language";
import { type PictureState, usePicture } from "./usePicture";
import "./pictures.css";

interface Props {
  readonly address: string | null;
  readonly alt: string;
  readonly className?: string;
  /** Small pictures say nothing but that they are not there. */
  readonly isSmall?: boolean;
  readonly children?: ReactNode;
}

/** One picture in a box of its own; says so when it is gone or does not come. */
export function Picture({ address, alt, className = "", isSmall = false, children }: Props) {
  const picture = usePicture(address);
  if (picture.kind === "shown")
    return (
      <div className={`picture ${className}`}>
        <img src={picture.source} alt={alt} draggable={false} />
        {children}
      </div>
    );
  return (
    <div className={`picture picture-missing ${className}`} role="img" aria-label={alt}>
      <Missing picture={picture} isSmall={isSmall} />
    </div>
  );
}

interface MissingProps {
  readonly picture: Exclude<PictureState, { kind: "shown" }>;
  readonly isSmall: boolean;
}

/** Loading, deleted, or not to be had: said in words where there is room. */
export function Missing({ picture, isSmall }: MissingProps) {
  const words = useWords();
  if (picture.kind === "loading") return <Spin size="small" delay={300} />;
  if (isSmall) return <span aria-hidden>–</span>;
  const isGone = picture.kind === "gone";
  return (
    <div className="picture-note">
      <strong>{isGone ? words.review.gone : words.review.pictureFailed}</strong>
      {isGone && <span>{words.review.goneHint}</span>}
      {!isGone && (
        <Button size="small" onClick={picture.retry}>
          {words.shell.tryAgain}
        </Button>
      )}
    </div>
  );
}
