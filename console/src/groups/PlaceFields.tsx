import { Form, Input, Select } from "antd";
import { useWords } from "../words/language";
import { useHouse } from "./useHouse";

interface Props {
  readonly siteKey: "site" | "site_id";
  /** Which item of which list of the form it is; absent for the group's own place. */
  readonly list?: string;
  readonly index?: number;
}

/** Building, floor and post of a site; what streams.yaml names is offered. */
export function PlaceFields({ siteKey, list, index }: Props) {
  const words = useWords().groups;
  const { sites } = useHouse();
  const within = index === undefined ? [] : [index];
  const whole = list === undefined ? within : [list, ...within];
  const site: unknown = Form.useWatch([...whole, siteKey]);
  const building: unknown = Form.useWatch([...whole, "building"]);
  const buildings = sites.find(({ id }) => id === site)?.buildings ?? [];
  const floors = buildings.find(({ id }) => id === building)?.floors ?? [];
  return (
    <div className="form-three">
      <Form.Item name={[...within, "building"]} label={words.building} className="tight">
        <Select allowClear options={buildings.map(({ id, name }) => ({ value: id, label: name }))} />
      </Form.Item>
      <Form.Item name={[...within, "floor"]} label={words.floor} className="tight">
        <Select allowClear options={floors.map((floor) => ({ value: floor, label: floor }))} />
      </Form.Item>
      <Form.Item name={[...within, "post"]} label={words.post} className="tight">
        <Input maxLength={100} />
      </Form.Item>
    </div>
  );
}
