import { Form, InputNumber, Radio, Select, Switch } from "antd";
import { useWords } from "../words/language";

const POLICIES = ["upper_body", "full_frame", "face", "with_portrait", "link", "text"] as const;

/** What the group gets to read: which picture, in which language, for how long. */
export function ReadingFields() {
  const words = useWords().groups;
  return (
    <>
      <Form.Item name="picture_policy" label={words.policy}>
        <Select options={POLICIES.map((value) => ({ value, label: words.policies[value] }))} />
      </Form.Item>
      <div className="form-pair">
        <Form.Item name="shows_name" label={words.showsName} valuePropName="checked">
          <Switch />
        </Form.Item>
        <Form.Item name="keep_h" label={words.keepHours}>
          <InputNumber min={0.1} max={744} />
        </Form.Item>
      </div>
      <Form.Item name="language" label={words.language}>
        <Radio.Group
          optionType="button"
          options={[
            { value: "zh", label: "中文" },
            { value: "en", label: "English" },
          ]}
        />
      </Form.Item>
    </>
  );
}
