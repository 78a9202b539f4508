import { Input } from "antd";
import { inputValue } from "../time/clock";
import { useNowMs } from "../time/ticking";

interface Props {
  readonly id?: string;
  /** ISO 8601 in UTC, as the server has it. */
  readonly value?: string;
  readonly onChange?: (value: string | undefined) => void;
}

/** The browser's own picker: it speaks the reader's language and works on a phone. */
export function DateTimeField({ id, value, onChange }: Props) {
  const nowMs = useNowMs();
  return (
    <Input
      {...(id === undefined ? {} : { id })}
      type="datetime-local"
      value={value ? inputValue(new Date(value)) : ""}
      min={inputValue(new Date(nowMs))}
      onChange={({ target }) => onChange?.(target.value ? new Date(target.value).toISOString() : undefined)}
    />
  );
}
