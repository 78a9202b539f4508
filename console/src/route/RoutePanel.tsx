import { useQuery } from "@tanstack/react-query";
import { fetchRoute } from "../api/calls";
import type { Hit, HitRoute, RouteCandidate } from "../api/types";
import { useWords } from "../words/language";
import "./route.css";

/** True of nearly every group: counted, not named. */
const ELSEWHERE = "elsewhere";

/** Who got this hit and why, who waits in line, who did not get it and why. */
export function RoutePanel({ hit }: { readonly hit: Hit }) {
  const words = useWords().route;
  const { data: route } = useQuery({ queryKey: ["hit", hit.id, "route"], queryFn: () => fetchRoute(hit.id) });
  if (!route) return null;
  const kept = route.refused.filter(({ why }) => why !== ELSEWHERE);
  return (
    <section className="card case-card route" aria-label={words.title}>
      <h2>{words.title}</h2>
      <p className={isUnusual(route) ? "route-unusual" : "soft small"}>{route.explanation}</p>
      <Part title={route.routed_at === null ? words.wouldTell : words.told} candidates={route.told} />
      {route.told.length === 0 && <p className="small">{words.nobody}</p>}
      <Part title={words.reserves} candidates={route.reserves} />
      <Part title={words.refused} candidates={kept} />
      {kept.length < route.refused.length && (
        <p className="soft small">{words.others(route.refused.length - kept.length)}</p>
      )}
    </section>
  );
}

/** Somebody else than those who cover the place was told, or nobody. */
function isUnusual({ outcome, is_default: isDefault, told }: HitRoute): boolean {
  return told.length === 0 || (isDefault && outcome !== "withdrawn");
}

interface PartProps {
  readonly title: string;
  readonly candidates: readonly RouteCandidate[];
}

function Part({ title, candidates }: PartProps) {
  if (candidates.length === 0) return null;
  return (
    <div>
      <h3 className="small">{title}</h3>
      <ul className="route-groups">
        {candidates.map(({ group_id: id, name, explanation }) => (
          <li key={id}>
            <strong>{name}</strong> <span className="soft small">{explanation}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
