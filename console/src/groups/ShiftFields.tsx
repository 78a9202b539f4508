import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Form, Input, Select } from "antd";
import type { ReactNode } from "react";
import { useRequired } from "../app/FormDialog";
import { useWords } from "../words/language";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const CLOCK = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** The weekly rota, and the days that are otherwise. Nothing is always on shift. */
export function ShiftFields() {
  const words = useWords().groups;
  return (
    <>
      <Form.Item label={words.shifts} extra={words.shiftsHint}>
        <Rows list="weekly" addText={words.addTurn} fresh={{ days: [...DAYS], from: "08:00", to: "20:00" }}>
          {(index) => <Turn index={index} />}
        </Rows>
      </Form.Item>
      <Form.Item label={words.exceptions} extra={words.exceptionsHint}>
        <Rows list="exceptions" addText={words.addException} fresh={{ is_off: true }}>
          {(index) => <Exception index={index} />}
        </Rows>
      </Form.Item>
    </>
  );
}

interface RowsProps {
  readonly list: "weekly" | "exceptions";
  readonly addText: string;
  readonly fresh: object;
  readonly children: (index: number) => ReactNode;
}

function Rows({ list, addText, fresh, children }: RowsProps) {
  const words = useWords().groups;
  return (
    <Form.List name={["shifts", list]}>
      {(fields, { add, remove }) => (
        <div className="chat-fields">
          {fields.map((field) => (
            <div key={field.key} className="list-row">
              {children(field.name)}
              <Button
                type="text"
                icon={<DeleteOutlined aria-hidden />}
                aria-label={words.removeTurn}
                onClick={() => remove(field.name)}
              />
            </div>
          ))}
          <Button icon={<PlusOutlined aria-hidden />} onClick={() => add(fresh)}>
            {addText}
          </Button>
        </div>
      )}
    </Form.List>
  );
}

function Turn({ index }: { readonly index: number }) {
  const words = useWords().groups;
  const required = useRequired();
  return (
    <div className="form-turn">
      <Form.Item name={[index, "days"]} label={words.days} rules={required} className="tight">
        <Select mode="multiple" options={DAYS.map((day) => ({ value: day, label: words.dayNames[day] }))} />
      </Form.Item>
      <Hours index={index} />
    </div>
  );
}

function Exception({ index }: { readonly index: number }) {
  const words = useWords().groups;
  const required = useRequired();
  const isOff: unknown = Form.useWatch(["shifts", "exceptions", index, "is_off"]);
  return (
    <div className="form-turn">
      <Form.Item name={[index, "date"]} label={words.date} rules={required} className="tight">
        <Input type="date" />
      </Form.Item>
      <Form.Item name={[index, "is_off"]} valuePropName="checked" className="tight">
        <Checkbox>{words.dayOff}</Checkbox>
      </Form.Item>
      {isOff !== true && <Hours index={index} />}
    </div>
  );
}

function Hours({ index }: { readonly index: number }) {
  const words = useWords().groups;
  const rules = [...useRequired(), { pattern: CLOCK, message: words.clockHint }];
  return (
    <div className="form-pair">
      <Form.Item name={[index, "from"]} label={words.from} rules={rules} className="tight">
        <Input maxLength={5} placeholder="22:00" />
      </Form.Item>
      <Form.Item name={[index, "to"]} label={words.to} rules={rules} className="tight">
        <Input maxLength={5} placeholder="06:00" />
      </Form.Item>
    </div>
  );
}
