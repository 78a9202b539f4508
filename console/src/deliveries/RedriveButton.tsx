import { App, Button } from "antd";
import { redriveDelivery } from "../api/calls";
import { useSave } from "../app/useSave";
import { useWords } from "../words/language";

/** Send it again, or at once where it waits; what was done, or why nothing was, is said in words. */
export function RedriveButton({ id }: { readonly id: string }) {
  const words = useWords().deliveries;
  const { message } = App.useApp();
  const { save, isBusy } = useSave(redriveDelivery, ["deliveries"]);
  const redrive = async () => {
    const done = await save(id);
    if (done) void message.info(done.explanation);
  };
  return (
    <Button size="small" loading={isBusy} onClick={() => void redrive()}>
      {words.redrive}
    </Button>
  );
}
