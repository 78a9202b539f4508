import type { Rate } from "../api/types";
import { useWords } from "../words/language";
import { intervalOf, valueOf } from "./figures";

interface Props {
  readonly rate: Rate;
  readonly write: (value: number) => string;
}

/** A rate with where it lies. */
export function Figure({ rate, write }: Props) {
  const words = useWords().rates;
  return (
    <span className="rates-figure numbers">
      {valueOf(rate, write, words)} <span className="soft small">({intervalOf(rate, write, words)})</span>
    </span>
  );
}
