import { describe, expect, it } from "vitest";
import { callbackAddress } from "./chatForms";

const HERE = "https://patrol.example";

describe("the address that a platform calls", () => {
  it("names the platform and the secret", () => {
    expect(callbackAddress("feishu", "feishu-3f", HERE)).toBe(`${HERE}/chats/feishu/feishu-3f`);
  });

  it("is there only where a platform calls us, and once the secret has a name", () => {
    expect(callbackAddress("telegram", "t", HERE)).toBeNull();
    expect(callbackAddress("page", null, HERE)).toBeNull();
    expect(callbackAddress("feishu", "", HERE)).toBeNull();
    expect(callbackAddress(undefined, "x", HERE)).toBeNull();
  });

  it("keeps what is typed out of its own form", () => {
    expect(callbackAddress("webhook", "a/b?c", HERE)).toBe(`${HERE}/chats/webhook/a%2Fb%3Fc`);
  });
});
