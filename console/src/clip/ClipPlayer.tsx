import { AimOutlined, CloseOutlined, DownloadOutlined } from "@ant-design/icons";
import { Button, Spin } from "antd";
import { useRef, useState } from "react";
import type { Hit } from "../api/types";
import { useWords } from "../words/language";
import { addressesOf, isPlayable, momentOf, nameOf } from "./clip";
import { useReady } from "./useReady";
import "./clip.css";

interface Props {
  readonly hit: Hit;
  readonly codec: string;
  readonly close: () => void;
}

/** The seconds around the hit in place of its picture; what this browser cannot play comes encoded anew. */
export function ClipPlayer({ hit, codec, close }: Props) {
  const words = useWords().clip;
  const video = useRef<HTMLVideoElement>(null);
  const [isAnew, setAnew] = useState(() => !isPlayable(codec, (type) => document.createElement("video").canPlayType(type)));
  const [hasFailed, setFailed] = useState(false);
  const addresses = addressesOf(hit);
  const moment = momentOf(hit);
  const readiness = useReady(isAnew && codec !== "h264" ? addresses.h264 : null);
  const [width = 16, height = 9] = hit.frame_wh;

  function fail(): void {
    if (isAnew || codec === "h264") setFailed(true);
    else setAnew(true);
  }

  function jump(): void {
    if (video.current === null || moment === null) return;
    video.current.currentTime = moment;
    void video.current.play().catch(() => undefined);
  }

  return (
    <div className="clip">
      <div className="clip-screen" style={{ aspectRatio: `${width} / ${height}` }}>
        {hasFailed || readiness === "failed" ? (
          <p role="alert">{words.failed}</p>
        ) : readiness === "waiting" ? (
          <p role="status">
            <Spin size="small" /> {words.preparing}
          </p>
        ) : (
          <video
            ref={video}
            src={isAnew ? addresses.h264 : addresses.original}
            poster={hit.pictures.frame ?? undefined}
            aria-label={words.label(hit.stream.place)}
            onError={fail}
            controls
            controlsList="nodownload noremoteplayback"
            disablePictureInPicture
            autoPlay
            muted
            playsInline
          />
        )}
      </div>
      <div className="clip-bar">
        <Button icon={<AimOutlined aria-hidden />} onClick={jump} disabled={hasFailed || readiness !== "ready" || moment === null}>
          {words.moment}
        </Button>
        <Button icon={<DownloadOutlined aria-hidden />} href={addresses.download} title={words.downloadHint} download>
          {words.download}
        </Button>
        <Button icon={<CloseOutlined aria-hidden />} onClick={close} aria-label={words.close} title={words.close} />
      </div>
      {isAnew && codec !== "h264" && <p className="soft small">{words.encodedAnew(nameOf(codec))}</p>}
    </div>
  );
}
