import { App, Button, Form, InputNumber } from "antd";
import { useEffect } from "react";
import { setBudget } from "../api/calls";
import type { Accuracy, BudgetDraft } from "../api/types";
import { useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { dateTime } from "../time/clock";
import { useSpeech } from "../words/language";
import { amount } from "./figures";

interface Props {
  readonly accuracy: Accuracy;
  readonly mayChange: boolean;
  /** Put in from the table of alternatives. */
  readonly chosenAlerts: number | null;
}

/** What is accepted: offered from what the cameras counted, else asked. */
export function BudgetForm({ accuracy: { budget, traffic }, mayChange, chosenAlerts }: Props) {
  const { words, language } = useSpeech();
  const said = words.accuracy;
  const { message } = App.useApp();
  const [form] = Form.useForm<BudgetDraft>();
  const { save, isBusy } = useSave(setBudget, ["accuracy"]);
  useEffect(() => {
    if (chosenAlerts !== null) form.setFieldsValue({ false_alerts_per_day: chosenAlerts });
  }, [form, chosenAlerts]);
  async function finish(draft: BudgetDraft): Promise<void> {
    if (await save(draft)) void message.success(said.budgetSet);
  }
  const counted = traffic && Math.round(traffic.passages_per_day);
  return (
    <section className="card accuracy-card">
      <h2>{said.budget}</h2>
      <p className="soft">{said.budgetHint}</p>
      <p className="small numbers">
        {budget ? said.setBy(budget.set_by, dateTime(budget.set_at, language)) : said.ownBudget}
      </p>
      <Form<BudgetDraft>
        form={form}
        layout="vertical"
        requiredMark={false}
        disabled={!mayChange}
        initialValues={budget ?? { passages_per_day: counted }}
        onFinish={(draft) => void finish(draft)}
        className="accuracy-form"
      >
        <Numeral name="false_alerts_per_day" label={said.falseAlerts} />
        <Numeral name="passages_per_day" label={said.passages} />
        <p className="soft small accuracy-counted">
          {traffic && counted ? said.counted(amount(counted), traffic.n_days) : said.notCounted}{" "}
          {counted !== null && counted > 0 && mayChange && (
            <Button size="small" type="link" onClick={() => form.setFieldsValue({ passages_per_day: counted })}>
              {said.takeCounted}
            </Button>
          )}
        </p>
        {mayChange && (
          <Button type="primary" htmlType="submit" loading={isBusy}>
            {said.setBudget}
          </Button>
        )}
      </Form>
    </section>
  );
}

function Numeral({ name, label }: { readonly name: keyof BudgetDraft; readonly label: string }) {
  const required = useRequired();
  return (
    <Form.Item name={name} label={label} rules={required}>
      <InputNumber min={0.001} max={1e9} className="accuracy-number" inputMode="decimal" controls={false} />
    </Form.Item>
  );
}
