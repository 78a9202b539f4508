import { score } from "../accuracy/figures";
import type { EntryRates } from "../api/types";
import { useWords } from "../words/language";
import { percent } from "./figures";

/** Where rejected hits have raised what an entry must reach, and what that costs. */
export function FloorList({ floors }: { readonly floors: EntryRates["floors"] }) {
  const words = useWords().rates;
  return (
    <ul className="rates-floors small">
      {floors.map((floor) => (
        <li key={floor.stream_id}>
          {words.floor(floor.stream_name, score(floor.score))},{" "}
          {floor.find_rate === null ? words.findRateUnknown : words.findRate(percent(floor.find_rate))}
          <span className="soft">
            {" "}
            ({words.floorFrom(floor.n_rejected, score(floor.rejected_score))}
            {floor.is_capped && `; ${words.capped}`})
          </span>
        </li>
      ))}
    </ul>
  );
}
