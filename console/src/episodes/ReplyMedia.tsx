import type { Reply } from "../api/types";
import { Picture } from "../pictures/Picture";
import { useWords } from "../words/language";

/** What came with an answer: photos to look at, voice notes to hear. */
export function ReplyMedia({ reply }: { readonly reply: Reply }) {
  const words = useWords().episodes;
  if (reply.media.length === 0) return null;
  return (
    <span className="reply-media">
      {reply.media.map(({ kind, address }, n) =>
        kind === "photo" ? (
          <a key={address} href={address} target="_blank" rel="noreferrer">
            <Picture address={address} alt={words.photo(n + 1)} className="reply-photo" />
          </a>
        ) : (
          // oxlint-disable-next-line jsx-a11y/media-has-caption -- nobody writes captions for a guard's voice note
          <audio key={address} controls preload="none" src={address} aria-label={words.voice(n + 1)} />
        ),
      )}
    </span>
  );
}
