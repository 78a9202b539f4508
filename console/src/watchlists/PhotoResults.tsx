import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import type { PhotoResult } from "../api/types";
import { useWords } from "../words/language";

interface Props {
  readonly photos: readonly PhotoResult[];
}

/** Accepted photos that are weak say so: they find less. */
function Taken({ photo }: { readonly photo: PhotoResult }) {
  const { watchlists: words, quality } = useWords();
  return photo.is_weak ? quality.accepted(photo.find_rate) : words.accepted;
}

/** Photo by photo: taken, or why not. */
export function PhotoResults({ photos }: Props) {
  const { watchlists: words, quality } = useWords();
  return (
    <ul className="results">
      {photos.map((photo, index) => (
        <li key={`${index} ${photo.file_name}`} className={photo.is_accepted ? "result-taken" : "result-refused"}>
          {photo.is_accepted ? <CheckCircleFilled aria-hidden /> : <CloseCircleFilled aria-hidden />}
          <span>
            <strong>{photo.file_name}</strong> {photo.is_accepted ? <Taken photo={photo} /> : words.refused}
            {photo.explanation !== null && <span className="soft small result-why">{photo.explanation}</span>}
            {photo.may_be_weak && <span className="soft small result-why">{quality.mayBeWeak(photo.find_rate)}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
