/** Between a group's form and what the API takes: a field left empty is no value. */

import type { Cover, GroupDraft, NewMember, ShiftException } from "../api/types";

const NULLABLE = ["site_id", "building", "floor", "post", "parent_id", "time_zone"] as const;

export function wireForm(fields: GroupDraft): GroupDraft {
  const places = Object.fromEntries(NULLABLE.map((key) => [key, fields[key] || null]));
  return {
    ...fields,
    ...places,
    radius_m: fields.radius_m ?? null,
    covers: (fields.covers ?? []).map(wireCover),
    chats: (fields.chats ?? []).map(({ kind, address, secret }) => ({
      kind,
      address: kind === "page" ? "" : (address ?? ""),
      secret: kind === "page" ? null : secret || null,
    })),
    members: (fields.members ?? []).map(wireMember),
    shifts: {
      weekly: fields.shifts?.weekly ?? [],
      exceptions: (fields.shifts?.exceptions ?? []).map(wireException),
    },
  };
}

/** Only what was filled in: an empty building would be one without a name. */
function wireCover(cover: Cover): Cover {
  const filled = Object.entries(cover).filter(([, value]) => Boolean(value));
  return Object.fromEntries(filled);
}

function wireMember({ id, name, role, phone, identities }: NewMember): NewMember {
  const filled = Object.entries(identities ?? {}).filter(([, identity]) => Boolean(identity));
  return { ...(id ? { id } : {}), name, role: role ?? "member", phone: phone || null, identities: Object.fromEntries(filled) };
}

function wireException({ date, is_off, from, to }: ShiftException): ShiftException {
  return is_off ? { date, is_off: true } : { date, from: from ?? null, to: to ?? null };
}

/** "mall/north/3F", or the camera's id. */
export function coverInWords({ site, building, floor, post, stream }: Cover): string {
  return stream ?? [site, building, floor, post].filter(Boolean).join("/");
}
