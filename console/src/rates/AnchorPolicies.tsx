/** Whether a site keeps the templates of rejected strangers, why and until when. */

import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { endAnchorPolicy, fetchAnchorPolicies, writeAnchorPolicy } from "../api/calls";
import type { AnchorPolicy, AnchorPolicyDraft, User } from "../api/types";
import { mayPause } from "../app/access";
import { useAsk } from "../app/Ask";
import { DateTimeField } from "../app/DateTimeField";
import { FormDialog, useRequired } from "../app/FormDialog";
import { useSave } from "../app/useSave";
import { useSites } from "../history/useSites";
import { dateTime } from "../time/clock";
import { useSpeech, useWords } from "../words/language";

export function AnchorPolicies({ user }: { readonly user: User }) {
  const words = useWords().rates;
  const sites = useSites();
  return (
    <section className="card rates-card" aria-label={words.anchors}>
      <h2>{words.anchors}</h2>
      <p className="soft small">{words.anchorsHint}</p>
      {sites.map((site) => (
        <SitePolicies key={site.id} site={site} mayWrite={mayPause(user, site.id)} />
      ))}
    </section>
  );
}

interface Props {
  readonly site: { readonly id: string; readonly name: string };
  readonly mayWrite: boolean;
}

function SitePolicies({ site, mayWrite }: Props) {
  const words = useWords().rates;
  const [isWriting, setIsWriting] = useState(false);
  const { data } = useQuery({ queryKey: ["anchors", site.id], queryFn: () => fetchAnchorPolicies(site.id) });
  const inForce = data?.filter((policy) => policy.is_in_force) ?? [];
  return (
    <div className="rates-site">
      <strong>{site.name}</strong>
      {data && inForce.length === 0 && <span className="soft">{words.noAnchors}</span>}
      {inForce.map((policy) => (
        <StandingPolicy key={policy.id} policy={policy} mayWrite={mayWrite} />
      ))}
      {mayWrite && (
        <Button size="small" onClick={() => setIsWriting(true)}>
          {words.writeAnchor}
        </Button>
      )}
      {isWriting && <PolicyDialog siteId={site.id} close={() => setIsWriting(false)} />}
    </div>
  );
}

function StandingPolicy({ policy, mayWrite }: { readonly policy: AnchorPolicy; readonly mayWrite: boolean }) {
  const { words, language } = useSpeech();
  const ask = useAsk();
  const { save } = useSave(() => endAnchorPolicy(policy.site_id, policy.id), ["anchors", policy.site_id]);
  const said = words.rates;
  const by = policy.written_by.replace(/^user:/, "");
  return (
    <span>
      {policy.text} <span className="soft small">{said.anchorUntil(dateTime(policy.ends_at, language), by)}</span>{" "}
      {mayWrite && (
        <Button size="small" onClick={() => ask(said.endAnchorAsk, said.endAnchor, () => void save(undefined))}>
          {said.endAnchor}
        </Button>
      )}
    </span>
  );
}

function PolicyDialog({ siteId, close }: { readonly siteId: string; readonly close: () => void }) {
  const words = useWords().rates;
  const required = useRequired();
  const { save, isBusy } = useSave((draft: AnchorPolicyDraft) => writeAnchorPolicy(siteId, draft), ["anchors", siteId]);
  return (
    <FormDialog<AnchorPolicyDraft>
      title={words.writeAnchor}
      isBusy={isBusy}
      submit={async (fields) => (await save(fields)) !== null}
      close={close}
    >
      <p className="soft small">{words.anchorsHint}</p>
      <Form.Item name="text" label={words.anchorText} rules={required}>
        <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2000} />
      </Form.Item>
      <Form.Item name="ends_at" label={words.anchorEnds} rules={required}>
        <DateTimeField />
      </Form.Item>
    </FormDialog>
  );
}
