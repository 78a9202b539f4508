import { describe, expect, test } from "vitest";
import { aGroup } from "./sample";
import { wireForm } from "./wireForm";

describe("a group's form on its way to the server", () => {
  test("leaves an untouched group as it is", () => {
    const group = aGroup("gate", { covers: [{ site: "mall", building: "north" }], radius_m: 50 });
    expect(wireForm(group)).toMatchObject({ covers: group.covers, radius_m: 50, shifts: group.shifts, members: [] });
  });

  test("sends what was emptied as no value", () => {
    const group = aGroup("gate", { building: "", floor: "", time_zone: "", radius_m: null });
    expect(wireForm(group)).toMatchObject({ building: null, floor: null, time_zone: null, radius_m: null });
  });

  test("covers only what was filled in", () => {
    const covers = [{ site: "mall", building: "", floor: null }, { stream: "gate-b" }];
    expect(wireForm(aGroup("gate", { covers })).covers).toEqual([{ site: "mall" }, { stream: "gate-b" }]);
  });

  test("keeps who a member is, and forgets identities that were emptied", () => {
    const members = [{ id: "1", name: "Gus", role: "captain" as const, phone: "", identities: { matrix: "@g:h", feishu: "" } }];
    expect(wireForm(aGroup("gate", { members })).members).toEqual([
      { id: "1", name: "Gus", role: "captain", phone: null, identities: { matrix: "@g:h" } },
    ]);
  });

  test("gives a day off no hours", () => {
    const exceptions = [
      { date: "2026-10-01", is_off: true, from: "08:00", to: "09:00" },
      { date: "2026-10-02", is_off: false, from: "10:00", to: "12:00" },
    ];
    expect(wireForm(aGroup("gate", { shifts: { weekly: [], exceptions } })).shifts?.exceptions).toEqual([
      { date: "2026-10-01", is_off: true },
      { date: "2026-10-02", from: "10:00", to: "12:00" },
    ]);
  });

  test("gives the group's own page neither address nor secret", () => {
    const chats = [{ kind: "page" as const, address: "x", secret: "y", position: 0, broken_reason: null }];
    expect(wireForm(aGroup("gate", { chats })).chats).toEqual([{ kind: "page", address: "", secret: null }]);
  });
});
