import type { ChatDraft } from "../api/types";

type Kind = ChatDraft["kind"];

interface ChatForm {
  /** How an address looks; empty where the platform's own server is enough. */
  readonly address: string;
  /** What the secret holds, which stands in a file or the environment and never here. */
  readonly secret: string;
}

/** What is written for each kind of chat, as docs/chats says. */
export const FORMS: Readonly<Record<Kind, ChatForm>> = {
  page: { address: "", secret: "" },
  matrix: { address: "https://HOMESERVER/!ROOM", secret: "ACCESS_TOKEN" },
  wecom_robot: { address: "", secret: "KEY" },
  wecom_aibot: { address: "CHATID", secret: "BOT_ID:SECRET" },
  wecom_app: { address: "AGENTID/USERID|USERID", secret: "CORPID:CORPSECRET:TOKEN:AESKEY" },
  feishu: { address: "oc_CHATID", secret: "APP_ID:APP_SECRET:ENCRYPT_KEY:VERIFICATION_TOKEN" },
  dingtalk_app: { address: "OPENCONVERSATIONID", secret: "APP_KEY:APP_SECRET:ROBOT_CODE" },
  dingtalk_webhook: { address: "", secret: "ACCESS_TOKEN:SECRET" },
  telegram: { address: "-100CHATID", secret: "NUMBER:LETTERS" },
  webhook: { address: "https://", secret: "KEY" },
};

export const KINDS = Object.keys(FORMS) as readonly Kind[];
