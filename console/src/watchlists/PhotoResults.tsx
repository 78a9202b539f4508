import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import type { PhotoResult } from "../api/types";
import { useWords } from "../words/language";

interface Props {
  readonly photos: readonly PhotoResult[];
}

/** Photo by photo: taken, or why not. */
export function PhotoResults({ photos }: Props) {
  const words = useWords().watchlists;
  return (
    <ul className="results">
      {photos.map((photo, index) => (
        <li key={`${index} ${photo.file_name}`} className={photo.is_accepted ? "result-taken" : "result-refused"}>
          {photo.is_accepted ? <CheckCircleFilled aria-hidden /> : <CloseCircleFilled aria-hidden />}
          <span>
            <strong>{photo.file_name}</strong> {photo.is_accepted ? words.accepted : words.refused}
            {photo.explanation !== null && <span className="soft small result-why">{photo.explanation}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
