import { Button, Popover } from "antd";
import { localTime } from "../time/clock";
import { useSpeech } from "../words/language";
import { useFeedState, useReconnect } from "./LiveProvider";
import "./live.css";

/** Whether what is on screen is of this moment: a dot, and always the word beside it. */
export function LiveState() {
  const { words, language } = useSpeech();
  const state = useFeedState();
  const reconnect = useReconnect();
  const said = words.shell.live;
  if (state.kind !== "lost")
    return (
      <span className={`live live-${state.kind}`} role="status">
        {state.kind === "live" ? said.live : said.connecting}
      </span>
    );
  const help = (
    <div className="live-help">
      <p>{said.lostHint}</p>
      <Button size="small" onClick={reconnect}>
        {said.retry}
      </Button>
    </div>
  );
  return (
    <span role="status">
      <Popover content={help} trigger="click" placement="bottomRight">
        <button type="button" className="live live-lost">
          {said.lost(localTime(state.sinceMs, language))}
        </button>
      </Popover>
    </span>
  );
}
