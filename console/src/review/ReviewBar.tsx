import { Button } from "antd";
import { useIsWide } from "../app/useIsWide";
import { useWords } from "../words/language";
import type { Action } from "./keys";
import { LastDecision } from "./LastDecision";

interface Props {
  readonly lastId: string | null;
  readonly mayDecide: boolean;
  readonly act: (action: Action) => void;
}

/** Always there on a desk, so that nothing below it moves under the pointer; on a phone only when it has news. */
export function ReviewBar({ lastId, mayDecide, act }: Props) {
  const words = useWords().review;
  const isWide = useIsWide();
  if (lastId === null && !isWide) return null;
  return (
    <div className="last">
      {lastId !== null && <LastDecision hitId={lastId} act={act} />}
      {lastId === null && mayDecide && <span className="soft small">{words.goesTo}</span>}
      {isWide && (
        <Button size="small" type="text" className="last-keys" onClick={() => act("keys")}>
          {words.actions.keys} <kbd>?</kbd>
        </Button>
      )}
    </div>
  );
}
