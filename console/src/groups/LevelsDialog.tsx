import { useQuery } from "@tanstack/react-query";
import { Form, InputNumber, Skeleton } from "antd";
import { fetchLevels, setLevels } from "../api/calls";
import type { LevelTimes } from "../api/types";
import { FormDialog } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";

const CLOCKS = ["seen_s", "on_my_way_s", "outcome_s"] as const;
const LONGEST_S = 86_400;

type Times = Pick<LevelTimes, (typeof CLOCKS)[number]>;

/** A form holds what it shows: the times, in the order of the levels. */
interface Fields {
  readonly levels: readonly Partial<Times>[];
}

function timesOf(row: Partial<Times> | undefined): Times {
  return { seen_s: row?.seen_s ?? null, on_my_way_s: row?.on_my_way_s ?? null, outcome_s: row?.outcome_s ?? null };
}

/** How long each level may take before a hit is passed on. Empty runs no such clock. */
export function LevelsDialog({ close }: { readonly close: () => void }) {
  const words = useWords().groups;
  const { data } = useQuery({ queryKey: ["levels"], queryFn: fetchLevels });
  const { save, isBusy } = useSave(setLevels, ["levels"]);
  if (!data) return <Skeleton active />;
  const before = data;
  async function submit({ levels }: Fields): Promise<boolean> {
    const times = before
      .map(({ level }, n) => ({ level, ...timesOf(levels[n]) }))
      .filter((now, n) => CLOCKS.some((clock) => now[clock] !== before[n]?.[clock]));
    return times.length === 0 || (await save(times)) !== null;
  }
  return (
    <FormDialog<Fields> title={words.clocks} initial={{ levels: data }} isBusy={isBusy} submit={submit} close={close}>
      <p className="soft group-lead">{words.clocksHint}</p>
      <Form.List name="levels">
        {(fields) => (
          <table className="levels">
            <thead>
              <tr>
                <th>{words.level}</th>
                {CLOCKS.map((clock) => (
                  <th key={clock}>{words.clockNames[clock]}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {fields.map((field) => (
                <tr key={field.key}>
                  <td>{data[field.name]?.level}</td>
                  {CLOCKS.map((clock) => (
                    <td key={clock}>
                      <Form.Item name={[field.name, clock]} noStyle>
                        <InputNumber min={1} max={LONGEST_S} controls={false} aria-label={words.clockNames[clock]} />
                      </Form.Item>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Form.List>
    </FormDialog>
  );
}
