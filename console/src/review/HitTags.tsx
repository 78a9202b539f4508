import { ExperimentOutlined, QuestionCircleOutlined, WarningFilled } from "@ant-design/icons";
import type { Hit } from "../api/types";
import { useWords } from "../words/language";

/** What is special about a hit: an icon and a word each, never colour alone. */
export function HitTags({ hit }: { readonly hit: Hit }) {
  const words = useWords().review;
  return (
    <>
      {hit.alarm !== null && (
        <span className="tag tag-alarm">
          <WarningFilled aria-hidden /> {words.alarmOnTop}
        </span>
      )}
      {hit.grade === "uncertain" && (
        <span className="tag tag-maybe" title={words.uncertainHint}>
          <QuestionCircleOutlined aria-hidden /> {words.uncertain}
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
