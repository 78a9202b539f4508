import { CheckCircleFilled, ExperimentOutlined, StopOutlined } from "@ant-design/icons";
import type { Watchlist } from "../api/types";
import { useWords } from "../words/language";

export function ListState({ list }: { readonly list: Watchlist }) {
  const words = useWords();
  const said = words.watchlists;
  return (
    <>
      {list.is_active ? (
        <span className="tag tag-confirmed">
          <CheckCircleFilled aria-hidden /> {said.open}
        </span>
      ) : (
        <span className="tag">
          <StopOutlined aria-hidden /> {list.closed_at === null ? said.ended : said.closed}
        </span>
      )}
      {list.is_exercise && (
        <span className="tag tag-exercise">
          <ExperimentOutlined aria-hidden /> {words.review.exercise}
        </span>
      )}
    </>
  );
}
