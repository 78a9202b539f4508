import {
  BellOutlined,
  ExperimentOutlined,
  PictureOutlined,
  PushpinOutlined,
  QuestionCircleOutlined,
  SyncOutlined,
  VideoCameraOutlined,
  WarningFilled,
} from "@ant-design/icons";
import type { Hit } from "../api/types";
import { useWords } from "../words/language";
import { spoken } from "./queue";

/** What is special about a hit: an icon and a word each, never colour alone. */
export function HitTags({ hit }: { readonly hit: Hit }) {
  const { review: words, episodes: said, masks, quality } = useWords();
  return (
    <>
      {hit.alarm !== null && (
        <span className="tag tag-alarm">
          <WarningFilled aria-hidden /> {words.alarmOnTop}
        </span>
      )}
      {hit.origin === "replay" && (
        <span className="tag tag-maybe" title={words.recordingHint}>
          <VideoCameraOutlined aria-hidden /> {words.recording}
        </span>
      )}
      {hit.episode !== null && hit.episode.number !== hit.number && (
        <span className="tag" title={said.updateHint}>
          <SyncOutlined aria-hidden /> {said.updateOf(spoken(hit.episode.number))}
        </span>
      )}
      {hit.is_quiet && (
        <span className="tag" title={said.quietHint}>
          <BellOutlined aria-hidden /> {said.quiet}
        </span>
      )}
      {hit.grade === "uncertain" && (
        <span className="tag tag-maybe" title={words.uncertainHint}>
          <QuestionCircleOutlined aria-hidden /> {words.uncertain}
        </span>
      )}
      {hit.is_weak && (
        <span className="tag tag-maybe" title={quality.weakHit}>
          <PictureOutlined aria-hidden /> {quality.weak}
        </span>
      )}
      {hit.is_still && (
        <span className="tag tag-maybe" title={masks.stillHint}>
          <PushpinOutlined aria-hidden /> {masks.stillTag}
        </span>
      )}
      {hit.is_exercise && (
        <span className="tag tag-exercise" title={words.exerciseHint}>
          <ExperimentOutlined aria-hidden /> {words.exercise}
        </span>
      )}
    </>
  );
}
