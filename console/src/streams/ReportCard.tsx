import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { fetchStreamReport } from "../api/calls";
import type { StreamReport, StreamStatus } from "../api/types";
import { Failed } from "../app/states";
import { percent } from "../rates/figures";
import { useWords } from "../words/language";
import { HourBars } from "./HourBars";

const REFRESH_MS = 60_000;

/** Whether a camera can identify people where it hangs, and what to change. */
export function ReportCard({ stream }: { readonly stream: StreamStatus }) {
  const words = useWords().streams;
  const { data, error, refetch } = useQuery({
    queryKey: ["stream-report", stream.id],
    queryFn: () => fetchStreamReport(stream.id),
    refetchInterval: REFRESH_MS,
  });
  return (
    <section className="card stream-card" aria-label={words.report}>
      <h2>{words.report}</h2>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton active />}
      {data && (
        <>
          <p className={`stream-verdict stream-verdict-${data.verdict}`}>{words.verdicts[data.verdict]}</p>
          <ul className="stream-findings">
            {data.findings.map(({ code, text }) => (
              <li key={code}>{text}</li>
            ))}
          </ul>
          {data.n_passages > 0 && <Measures report={data} />}
          {data.by_hour.length > 0 && <HourBars hours={data.by_hour} />}
        </>
      )}
    </section>
  );
}

function Measures({ report }: { readonly report: StreamReport }) {
  const words = useWords().streams;
  const rows: readonly (readonly [string, string | null])[] = [
    [
      words.usable,
      words.usableOf(
        percent(report.usable_share ?? 0),
        report.n_usable.toLocaleString(),
        report.n_passages.toLocaleString(),
      ),
    ],
    [words.face, rounded(report.face_width_px, words.px)],
    [words.eyes, rounded(report.eye_distance_px, words.px)],
    [words.sharpness, rounded(report.sharpness, String)],
    [words.yaw, rounded(report.yaw_deg, words.degrees)],
    [words.pitch, rounded(report.pitch_deg, words.degrees)],
  ];
  return (
    <dl className="stream-facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt className="soft">{name}</dt>
          <dd className="numbers">{value ?? "–"}</dd>
        </div>
      ))}
      <p className="soft small">{words.reportDays}</p>
    </dl>
  );
}

function rounded(value: number | null, say: (n: string) => string): string | null {
  return value === null ? null : say(value.toFixed(0));
}
