import type { ChatDraft } from "../api/types";

type Kind = ChatDraft["kind"];

interface ChatForm {
  /** How an address looks; empty where the platform's own server is enough. */
  readonly address: string;
  /** What the secret holds, which stands in a file or the environment and never here. */
  readonly secret: string;
  /** The platform calls us with what members answer; else we ask it, or it hears nothing. */
  readonly callsUs?: true;
}

/** What is written for each kind of chat, as docs/chats says. */
export const FORMS: Readonly<Record<Kind, ChatForm>> = {
  page: { address: "", secret: "" },
  matrix: { address: "https://HOMESERVER/!ROOM", secret: "ACCESS_TOKEN" },
  wecom_robot: { address: "", secret: "KEY" },
  wecom_aibot: { address: "CHATID", secret: "BOT_ID:SECRET" },
  wecom_app: { address: "AGENTID/USERID|USERID", secret: "CORPID:CORPSECRET:TOKEN:AESKEY", callsUs: true },
  feishu: { address: "oc_CHATID", secret: "APP_ID:APP_SECRET:ENCRYPT_KEY:VERIFICATION_TOKEN", callsUs: true },
  dingtalk_app: { address: "OPENCONVERSATIONID", secret: "APP_KEY:APP_SECRET:ROBOT_CODE", callsUs: true },
  dingtalk_webhook: { address: "", secret: "ACCESS_TOKEN:SECRET" },
  telegram: { address: "-100CHATID", secret: "NUMBER:LETTERS" },
  webhook: { address: "https://", secret: "KEY", callsUs: true },
};

export const KINDS = Object.keys(FORMS) as readonly Kind[];

/** Where a platform has to send what members answer, as patrol.web.callbacks listens. */
export function callbackAddress(kind: Kind | undefined, secret: string | null | undefined, origin: string): string | null {
  if (!kind || !secret || !FORMS[kind].callsUs) return null;
  return `${origin}/chats/${kind}/${encodeURIComponent(secret)}`;
}
