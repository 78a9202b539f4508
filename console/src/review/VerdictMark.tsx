import { CheckCircleFilled, CloseCircleFilled, QuestionCircleFilled } from "@ant-design/icons";
import type { Verdict } from "../api/types";
import { useWords } from "../words/language";

export const VERDICT_ICONS = {
  confirmed: <CheckCircleFilled aria-hidden />,
  rejected: <CloseCircleFilled aria-hidden />,
  unsure: <QuestionCircleFilled aria-hidden />,
} as const;

export function VerdictMark({ verdict }: { readonly verdict: Verdict }) {
  const words = useWords().review;
  return (
    <span className={`tag tag-${verdict}`}>
      {VERDICT_ICONS[verdict]} {words.verdicts[verdict]}
    </span>
  );
}
