import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Select } from "antd";
import { useWords } from "../words/language";
import { PlaceFields } from "./PlaceFields";
import { useHouse } from "./useHouse";

/** What a group covers: places of a site, and single cameras. */
export function CoverFields() {
  const words = useWords().groups;
  return (
    <Form.Item label={words.covers} extra={words.coversHint}>
      <Form.List name="covers">
        {(fields, { add, remove }) => (
          <div className="chat-fields">
            {fields.map((field) => (
              <div key={field.key} className="list-row">
                <Cover index={field.name} />
                <Button
                  type="text"
                  icon={<DeleteOutlined aria-hidden />}
                  aria-label={words.removeCover}
                  onClick={() => remove(field.name)}
                />
              </div>
            ))}
            <div className="list-adds">
              <Button icon={<PlusOutlined aria-hidden />} onClick={() => add({ site: undefined })}>
                {words.addPlace}
              </Button>
              <Button icon={<PlusOutlined aria-hidden />} onClick={() => add({ stream: "" })}>
                {words.addStream}
              </Button>
            </div>
          </div>
        )}
      </Form.List>
    </Form.Item>
  );
}

function Cover({ index }: { readonly index: number }) {
  const words = useWords().groups;
  const { sites, streams } = useHouse();
  const form = Form.useFormInstance();
  const cover: unknown = form.getFieldValue(["covers", index]);
  const isStream = typeof cover === "object" && cover !== null && "stream" in cover && cover.stream !== null;
  if (isStream) {
    return (
      <Form.Item name={[index, "stream"]} label={words.stream} className="tight">
        <Select showSearch options={streams.map(({ id, name }) => ({ value: id, label: `${name} (${id})` }))} />
      </Form.Item>
    );
  }
  return (
    <div className="place">
      <Form.Item name={[index, "site"]} label={words.site} className="tight">
        <Select options={sites.map(({ id, name }) => ({ value: id, label: name }))} />
      </Form.Item>
      <PlaceFields list="covers" index={index} siteKey="site" />
    </div>
  );
}
