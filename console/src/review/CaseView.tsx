/** One hit: the faces, the verdict, the facts, the full picture, the guards. */

import type { Hit } from "../api/types";
import { useIsWide } from "../app/useIsWide";
import { Evidence } from "../clip/Evidence";
import { EpisodePanel } from "../episodes/EpisodePanel";
import { RoutePanel } from "../route/RoutePanel";
import { useWords } from "../words/language";
import { CaseHead } from "./CaseHead";
import { DecisionTrail } from "./DecisionTrail";
import { DispatchPanel } from "./DispatchPanel";
import { FacePair } from "./FacePair";
import type { Action } from "./keys";
import { PersonFacts } from "./PersonFacts";
import { Score } from "./Score";
import { VerdictBar } from "./VerdictBar";

interface Props {
  readonly hit: Hit;
  readonly mayDecide: boolean;
  readonly isOpen: boolean;
  readonly isReady: boolean;
  readonly isClipOpen: boolean;
  readonly onReady: (key: string) => void;
  readonly act: (action: Action) => void;
  readonly enlarge: (picture: "face" | "portrait") => void;
}

export function CaseView({ hit, mayDecide, isOpen, isReady, isClipOpen, onReady, act, enlarge }: Props) {
  const words = useWords();
  const isWide = useIsWide();
  const bar = <VerdictBar {...{ hit, mayDecide, isOpen, isReady, act }} />;
  return (
    <article className="case" aria-label={words.review.hit(String(hit.number))}>
      <div className="case-left">
        <section className="card case-card case-faces">
          <CaseHead hit={hit} />
          <FacePair hit={hit} onReady={onReady} enlarge={enlarge} />
          {isWide && bar}
          <Score hit={hit} />
        </section>
      </div>
      <div className="case-right">
        <Evidence hit={hit} isClipOpen={isClipOpen} enlarge={() => act("frame")} toggleClip={() => act("clip")} />
        <PersonFacts hit={hit} />
        <EpisodePanel hit={hit} mayDecide={mayDecide} />
        <DispatchPanel hit={hit} mayDecide={mayDecide} />
        <RoutePanel hit={hit} />
        <DecisionTrail hit={hit} />
      </div>
      {!isWide && bar}
    </article>
  );
}
