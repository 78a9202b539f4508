import type { ReactNode } from "react";
import type { Hit } from "../api/types";
import type { Words } from "../words/catalogue";
import { useWords } from "../words/language";

/** Who is looked for and why, and what the match stands on. */
export function PersonFacts({ hit }: { readonly hit: Hit }) {
  const words = useWords();
  const said = words.review;
  const categories: Readonly<Record<string, string>> = words.watchlists.categories;
  return (
    <section className="card case-card" aria-label={hit.person.name}>
      <h2>{hit.person.name}</h2>
      <dl className="facts">
        <Fact name={said.list}>
          {hit.watchlist.name} · {categories[hit.watchlist.category] ?? hit.watchlist.category}
        </Fact>
        <Fact name={said.reason}>{hit.person.reason}</Fact>
        {hit.person.note !== "" && <Fact name={said.note}>{hit.person.note}</Fact>}
        <Fact name={said.track}>
          {said.looks(hit.n_looks, hit.track_length_s.toFixed(1))}
          {hit.n_passages > 1 && ` · ${said.passages(hit.n_passages)}`}
        </Fact>
        {Object.keys(hit.measures).length > 0 && (
          <Fact name={words.quality.picture}>
            <span title={words.quality.pictureHint}>{lacks(hit, words) || words.quality.good}</span>
          </Fact>
        )}
        <Fact name={said.camera}>
          {hit.stream.name} · <code>{hit.stream.id}</code>
        </Fact>
        <Fact name={said.embedder}>
          <code>{hit.embedder}</code>
        </Fact>
      </dl>
    </section>
  );
}

/** What the live picture lacks, in words with the numbers. */
function lacks({ shortfalls }: Hit, { quality }: Words): string {
  return shortfalls.map(({ code, found, needed }) => quality.lacks[code](found, needed)).join(" · ");
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
