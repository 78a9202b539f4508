import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { fetchDelivery } from "../api/calls";
import { Failed } from "../app/states";
import { localTime } from "../time/clock";
import { useSpeech } from "../words/language";

const REFRESH_MS = 3000;

/** Every try, what came of it, and what it waits for. */
export function DeliveryStory({ id }: { readonly id: string }) {
  const { language } = useSpeech();
  const { data, error, refetch } = useQuery({
    queryKey: ["deliveries", "story", id],
    queryFn: () => fetchDelivery(id),
    refetchInterval: REFRESH_MS,
  });
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 2 }} />;
  return (
    <ol className="delivery-story small">
      {data.story.map((line) => (
        <li key={`${line.at} ${line.code} ${line.text}`}>
          <span className="soft numbers">{localTime(Date.parse(line.at), language)}</span> {line.text}
        </li>
      ))}
    </ol>
  );
}
