import { CheckCircleFilled, CloseCircleFilled, LoadingOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { fetchSelfTests, startSelfTest } from "../api/calls";
import type { SelfTest } from "../api/types";
import { useSave } from "../app/useSave";
import { useSites } from "../history/useSites";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";

const WHILE_RUNNING_MS = 1000;
const AT_REST_MS = 30_000;
const SHOWN = 6;
const STAGES = ["taken", "injected", "matched", "recorded", "confirmed", "queued", "accepted"] as const;

/** The newest self-tests with how long each stage took, and a button a site to run one now. */
export function SelfTests({ mayStart }: { readonly mayStart: boolean }) {
  const words = useWords().system;
  const sites = useSites();
  const { save, isBusy } = useSave(startSelfTest, ["self-tests"]);
  const { data } = useQuery({
    queryKey: ["self-tests"],
    queryFn: fetchSelfTests,
    refetchInterval: ({ state }) => (state.data?.some((test) => test.ended_at === null) ? WHILE_RUNNING_MS : AT_REST_MS),
  });
  return (
    <section className="card system-card" aria-label={words.selfTests}>
      <h2>{words.selfTests}</h2>
      <p className="soft small">{words.selfTestHint}</p>
      {mayStart && (
        <div className="system-buttons">
          {sites.map(({ id, name }) => (
            <Button key={id} size="small" disabled={isBusy} onClick={() => void save(id)}>
              {words.selfTestNow(name)}
            </Button>
          ))}
        </div>
      )}
      {data?.length === 0 && <p className="soft">{words.noSelfTests}</p>}
      <ul className="system-tests" aria-live="polite">
        {data?.slice(0, SHOWN).map((test) => (
          <SelfTestRow key={test.id} test={test} />
        ))}
      </ul>
    </section>
  );
}

function SelfTestRow({ test }: { readonly test: SelfTest }) {
  const { words, language } = useSpeech();
  const said = words.system;
  const stages = STAGES.filter((stage) => test.stages_ms[stage] !== undefined);
  return (
    <li>
      <OutcomeIcon outcome={test.outcome} /> <strong>{test.site_id}</strong>{" "}
      <span className="numbers">{dateTime(test.started_at, language)}</span>{" "}
      <span className="soft small">{test.stream_id}</span>{" "}
      {test.outcome !== null && test.outcome !== "passed" && (
        <span className="system-bad">{said.failedAt(stageName(test.outcome, said.stages))}</span>
      )}
      <span className="system-detail soft small numbers">
        {stages.map((stage) => `${said.stages[stage]} ${test.stages_ms[stage]} ms`).join(" · ")}
      </span>
    </li>
  );
}

function stageName(outcome: string, stages: Readonly<Record<string, string>>): string {
  const stage = outcome.replace("failed_at_", "");
  return stages[stage] ?? stage;
}

function OutcomeIcon({ outcome }: Pick<SelfTest, "outcome">) {
  if (outcome === null) return <LoadingOutlined aria-hidden />;
  if (outcome === "passed") return <CheckCircleFilled aria-hidden className="system-good" />;
  return <CloseCircleFilled aria-hidden className="system-bad" />;
}
