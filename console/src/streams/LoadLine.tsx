import { WarningFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { fetchSystem } from "../api/calls";
import { LEFT_OUT_FROM } from "./trouble";

const REFRESH_MS = 5000;

/** That the machine is too small for its cameras, where it is. */
export function LoadLine() {
  const { data } = useQuery({ queryKey: ["system"], queryFn: fetchSystem, refetchInterval: REFRESH_MS });
  const share = data?.load.dropped_share ?? 0;
  if (data?.load.text == null || share < LEFT_OUT_FROM) return null;
  return (
    <p className="streams-load" role="status">
      <WarningFilled aria-hidden /> {data.load.text}
    </p>
  );
}
