/** Who may open which page; the server decides again on every call. */

import type { Role, User } from "../api/types";

export type PageName = "review" | "history" | "watchlists" | "groups" | "deliveries" | "drills" | "wall" | "streams" | "system" | "rates" | "accuracy" | "users";

const RANK: Readonly<Record<Role, number>> = { viewer: 0, reviewer: 1, admin: 2 };
const NEEDS: Readonly<Record<PageName, Role>> = {
  review: "viewer",
  history: "viewer",
  watchlists: "reviewer",
  groups: "reviewer",
  deliveries: "viewer",
  drills: "reviewer",
  wall: "reviewer",
  streams: "viewer",
  system: "viewer",
  rates: "reviewer",
  accuracy: "admin",
  users: "admin",
};

export const PAGES = Object.keys(NEEDS) as readonly PageName[];

export function isAtLeast(user: User, role: Role): boolean {
  return RANK[user.role] >= RANK[role];
}

/** Watchlists belong to no site: an admin for all of them changes them. */
export function mayChangeLists(user: User): boolean {
  return isAtLeast(user, "admin") && user.sees_all_sites;
}

/** The stop button for a site is its admins'; for everything, a list or an entry it is the admins' for all sites. */
export function mayPause(user: User, siteId: string | null): boolean {
  if (!isAtLeast(user, "admin")) return false;
  return user.sees_all_sites || (siteId !== null && user.sites.includes(siteId));
}

export function mayOpen(user: User, page: PageName): boolean {
  return isAtLeast(user, NEEDS[page]);
}

export function addressOf(page: PageName): string {
  return page === "review" ? "/" : `/${page}`;
}
