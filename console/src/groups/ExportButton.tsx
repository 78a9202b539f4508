import { DownloadOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { groupsFileUrl } from "../api/calls";
import { useWords } from "../words/language";

const FORMS = ["xlsx", "csv", "yaml"] as const;

/** Every group as a file; importing it again changes nothing. */
export function ExportButton() {
  const words = useWords().groups;
  const items = FORMS.map((form) => ({
    key: form,
    label: (
      <a href={groupsFileUrl(form)} download={`groups.${form}`}>
        {form.toUpperCase()}
      </a>
    ),
  }));
  return (
    <Dropdown menu={{ items }}>
      <Button icon={<DownloadOutlined aria-hidden />}>{words.exportFile}</Button>
    </Dropdown>
  );
}
