import { useWords } from "../words/language";
import { SHOWN_KEYS } from "./keys";

export function KeyList() {
  const words = useWords().keys;
  return (
    <>
      <dl className="keys">
        {SHOWN_KEYS.map(([action, keys]) => (
          <div key={action}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{words[action]}</dd>
          </div>
        ))}
      </dl>
      <p className="soft small">{words.hint}</p>
    </>
  );
}
