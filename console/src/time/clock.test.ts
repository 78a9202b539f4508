import { describe, expect, test } from "vitest";
import { CATALOGUES } from "../words/catalogue";
import { ago, inputValue, siteTime } from "./clock";

const NOW = Date.parse("2026-03-02T01:30:00Z");
const before = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

describe("how long ago", () => {
  test.each([
    [0, "just now"],
    [-5, "just now"],
    [3, "3 s ago"],
    [59, "59 s ago"],
    [60, "1 min ago"],
    [3599, "59 min ago"],
    [3600, "1 h ago"],
    [86_400, "yesterday"],
    [3 * 86_400, "3 days ago"],
  ])("%i seconds are %s", (seconds, said) => {
    expect(ago(before(seconds), NOW, CATALOGUES.en.time)).toBe(said);
  });

  test("is said in Chinese too", () => {
    expect(ago(before(125), NOW, CATALOGUES.zh.time)).toBe("2 分钟前");
  });
});

describe("the site's time", () => {
  test("is the site's, not the reader's", () => {
    expect(siteTime("2026-03-02T01:29:05Z", "Asia/Shanghai", NOW, "en")).toBe("09:29:05");
  });

  test("carries the date once it is another day there", () => {
    expect(siteTime("2026-03-01T15:59:00Z", "Asia/Shanghai", NOW, "en")).toBe("1 Mar 23:59:00");
    expect(siteTime("2026-03-01T15:59:00Z", "Asia/Shanghai", NOW, "zh")).toBe("3月1日 23:59:00");
  });

  test("midnight is hour zero", () => {
    expect(siteTime("2026-03-01T16:00:01Z", "Asia/Shanghai", NOW, "zh")).toBe("00:00:01");
  });
});

test("an input's value reads back as the same minute", () => {
  const moment = new Date("2026-03-02T01:30:00Z");
  expect(new Date(inputValue(moment)).getTime()).toBe(moment.getTime());
});
