import { Button, Spin } from "antd";
import type { ReactNode } from "react";
import { useWords } from "../words/language";
import { usePicture } from "./usePicture";
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
  const words = useWords();
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
      {picture.kind === "loading" && <Spin size="small" delay={300} />}
      {picture.kind === "gone" && <Missing title={words.review.gone} hint={words.review.goneHint} isSmall={isSmall} />}
      {picture.kind === "failed" && (
        <Missing title={words.review.pictureFailed} isSmall={isSmall}>
          <Button size="small" onClick={picture.retry}>
            {words.shell.tryAgain}
          </Button>
        </Missing>
      )}
    </div>
  );
}

interface MissingProps {
  readonly title: string;
  readonly hint?: string;
  readonly isSmall: boolean;
  readonly children?: ReactNode;
}

function Missing({ title, hint, isSmall, children }: MissingProps) {
  if (isSmall) return <span aria-hidden>–</span>;
  return (
    <div className="picture-note">
      <strong>{title}</strong>
      {hint !== undefined && <span>{hint}</span>}
      {children}
    </div>
  );
}
