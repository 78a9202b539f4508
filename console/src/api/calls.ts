/** Every call the console makes, by the name of what it does. */

import { request } from "./client";
import type * as T from "./types";

const UPLOAD_TIMEOUT_MS = 600_000;

export interface HitFilter {
  readonly state: "waiting" | "decided" | "all";
  readonly verdict?: T.Verdict | undefined;
  readonly site_id?: string | undefined;
  readonly before?: number | undefined;
  readonly limit?: number | undefined;
}

/** What goes with photos: that somebody has compared a look-alike and says it is another person. */
export interface PhotosDraft {
  readonly is_lookalike_allowed?: boolean;
  /** Why photos too poor for a portrait are let in as weak; nothing keeps them out. */
  readonly weak_reason?: string;
}

/** What the form of a new person holds beside the photos. */
export interface PersonDraft extends PhotosDraft {
  readonly name: string;
  readonly reason: string;
  readonly source: string;
  readonly ends_at: string;
  readonly external_ref?: string;
  readonly note?: string;
}

/** What people agreed to, and until when. */
export interface VolunteersDraft {
  readonly consent: string;
  readonly ends_at: string;
}

/** What holds for everybody in a ZIP of whom its table says nothing else. */
export interface ImportDefaults {
  readonly reason?: string;
  readonly source?: string;
  readonly ends_at?: string;
}

function query(fields: object): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
}

function form(fields: object, name: string, files: readonly File[]): FormData {
  const data = new FormData();
  for (const [key, value] of Object.entries(fields)) if (value !== undefined && value !== "") data.set(key, String(value));
  for (const file of files) data.append(name, file, file.name);
  return data;
}

const post = <R>(path: string, json?: unknown): Promise<R> => request<R>(path, { method: "POST", json: json ?? {} });
const patch = <R>(path: string, json: unknown): Promise<R> => request<R>(path, { method: "PATCH", json });
const remove = (path: string): Promise<null> => request<null>(path, { method: "DELETE" });
const upload = <R>(path: string, body: FormData): Promise<R> =>
  request<R>(path, { method: "POST", body, timeoutMs: UPLOAD_TIMEOUT_MS });
const at = (...parts: string[]): string => parts.map((part) => `/${encodeURIComponent(part)}`).join("");

export const logIn = (name: string, password: string): Promise<T.Me> => post("/login", { name, password });
export const logOut = (): Promise<null> => post("/logout");
export const fetchMe = (): Promise<T.Me> => request("/me");
export const changeMe = (change: object): Promise<T.Me> => patch("/me", change);

export const fetchHits = (filter: HitFilter): Promise<T.HitPage> => request(`/hits${query(filter)}`);
export const fetchHit = (id: string): Promise<T.Hit> => request(at("hits", id));
export const decide = (id: string, said: T.NewDecision): Promise<T.Hit> => post(at("hits", id, "decisions"), said);
export const amend = (id: string, said: T.NewAmendment): Promise<T.Hit> => post(at("hits", id, "amendments"), said);

export const closeEpisode = (id: string, said: T.EpisodeClosing): Promise<T.Episode> =>
  post(at("episodes", id, "close"), said);
export const handleEpisode = (id: string, minutes: number): Promise<T.Episode> =>
  post(at("episodes", id, "handled"), { minutes });
export const helpHasCome = (hitId: string): Promise<null> => post(at("hits", hitId, "helped"));
export const fetchForwardTargets = (deliveryId: string): Promise<T.GroupRef[]> =>
  request(at("deliveries", deliveryId, "forwards"));
export const forwardDelivery = (deliveryId: string, groupIds: string[]): Promise<T.Forwarded> =>
  post(at("deliveries", deliveryId, "forwards"), { group_ids: groupIds });
export const fetchForwardPolicies = (groupId: string): Promise<T.ForwardPolicy[]> =>
  request(at("groups", groupId, "forward-policies"));
export const writeForwardPolicy = (groupId: string, draft: T.NewForwardPolicy): Promise<T.ForwardPolicy> =>
  post(at("groups", groupId, "forward-policies"), draft);
export const revokeForwardPolicy = (groupId: string, id: string): Promise<null> =>
  remove(at("groups", groupId, "forward-policies", id));

export const fetchRoute = (hitId: string): Promise<T.HitRoute> => request(at("hits", hitId, "route"));

export const fetchPauses = (): Promise<T.Pause[]> => request("/pauses");
export const startPause = (draft: T.PauseDraft): Promise<T.Pause> => post("/pauses", draft);
export const endPause = (id: string): Promise<T.Pause> => post(at("pauses", id, "end"));

export const fetchWatchlists = (): Promise<T.Watchlist[]> => request("/watchlists");
export const createWatchlist = (draft: T.WatchlistDraft): Promise<T.Watchlist> => post("/watchlists", draft);
export const changeWatchlist = (id: string, change: T.WatchlistChange): Promise<T.Watchlist> =>
  patch(at("watchlists", id), change);
export const closeWatchlist = (id: string): Promise<T.Watchlist> => post(at("watchlists", id, "close"));
export const fetchPeople = (listId: string): Promise<T.Person[]> => request(at("watchlists", listId, "people"));
export const addPerson = (listId: string, draft: PersonDraft, photos: readonly File[]): Promise<T.PhotoReport> =>
  upload(at("watchlists", listId, "people"), form(draft, "photos", photos));
export const importZip = (listId: string, defaults: ImportDefaults, file: File): Promise<T.ImportReport> =>
  upload(at("watchlists", listId, "imports"), form(defaults, "file", [file]));
export const addPortraits = (personId: string, draft: PhotosDraft, photos: readonly File[]): Promise<T.PhotoReport> =>
  upload(at("people", personId, "portraits"), form(draft, "photos", photos));
export const changePerson = (id: string, change: T.PersonChange): Promise<T.Person> =>
  patch(at("people", id), change);
export const suspendPerson = (id: string, reason: string): Promise<T.Person> =>
  post(at("people", id, "suspend"), { reason });
export const resumePerson = (id: string, reason: string): Promise<T.Person> =>
  post(at("people", id, "resume"), { reason });
export const removePerson = (id: string): Promise<null> => remove(at("people", id));
export const removePortrait = (id: string): Promise<null> => remove(at("portraits", id));
export const portraitUrl = (id: string): string => `/api/v1${at("portraits", id, "picture")}`;

export const fetchGroups = (): Promise<T.Group[]> => request("/groups");
export const createGroup = (draft: T.GroupDraft): Promise<T.Group> => post("/groups", draft);
export const changeGroup = (id: string, change: T.GroupChange): Promise<T.Group> => patch(at("groups", id), change);
export const removeGroup = (id: string): Promise<null> => remove(at("groups", id));
export const importGroups = (file: File): Promise<T.ImportedGroups> =>
  request(`/groups/import?name=${encodeURIComponent(file.name)}`, {
    method: "POST",
    body: file,
    contentType: "application/octet-stream",
    timeoutMs: UPLOAD_TIMEOUT_MS,
  });
export const groupsFileUrl = (format: string): string => `/api/v1/groups/export?format=${format}`;
export const fetchLevels = (): Promise<T.LevelTimes[]> => request("/levels");
export const setLevels = (times: readonly T.NewLevelTimes[]): Promise<T.LevelTimes[]> =>
  request("/levels", { method: "PUT", json: times });
export const fetchSites = (): Promise<T.Site[]> => request("/sites");
export const newGroupLink = (id: string): Promise<{ url: string }> => post(at("groups", id, "link"));
export const fetchReached = (): Promise<T.ReachedPhones[]> => request("/phones");
export const fetchPhones = (groupId: string): Promise<T.GroupPhones> => request(at("groups", groupId, "phones"));
export const invitePhone = (groupId: string, memberId: string): Promise<T.PhoneInvite> =>
  post(at("groups", groupId, "phones"), { member_id: memberId });
export const revokePhone = (id: string): Promise<null> => remove(at("phones", id));
export const revokeGroupLink = (id: string): Promise<null> => remove(at("groups", id, "link"));

export const fetchDeliveries = (state?: T.DeliveryState): Promise<T.DeliveryPage> =>
  request(`/deliveries${query({ state })}`);
export const fetchDelivery = (id: string): Promise<T.DeliveryStory> => request(at("deliveries", id));
export const redriveDelivery = (id: string): Promise<T.Redriven> => post(at("deliveries", id, "redrive"));

export const fetchAccuracy = (): Promise<T.Accuracy> => request("/accuracy");
export const setBudget = (draft: T.BudgetDraft): Promise<T.Accuracy> =>
  request("/accuracy/budget", { method: "PUT", json: draft });
export const fetchVolunteers = (): Promise<T.Volunteer[]> => request("/volunteers");
export const addVolunteers = (draft: VolunteersDraft, photos: readonly File[]): Promise<T.VolunteerReport> =>
  upload("/volunteers", form(draft, "photos", photos));
export const removeVolunteer = (id: string): Promise<null> => remove(at("volunteers", id));
export const volunteerUrl = (id: string): string => `/api/v1${at("volunteers", id, "picture")}`;

export const fetchEmbedders = (): Promise<T.Embedders> => request("/embedder");
export const startEmbedderChange = (after: string): Promise<T.Embedders> => post("/embedder/change", { after });
export const switchEmbedder = (isLossAccepted: boolean): Promise<T.Embedders> =>
  post("/embedder/change/switch", { is_loss_accepted: isLossAccepted });
export const cancelEmbedderChange = (): Promise<T.Embedders> => post("/embedder/change/cancel");

export const fetchStreams = (): Promise<T.StreamStatus[]> => request("/streams");
export const fetchDays = (day?: string): Promise<T.StreamDay[]> => request(`/gaps${query({ day })}`);
export const fetchStreamDay = (id: string, day?: string): Promise<T.StreamDay> =>
  request(`${at("streams", id, "gaps")}${query({ day })}`);
/** `moment` is the site's own time: 2026-03-02T15:40. */
export const fetchWatched = (id: string, moment: string): Promise<T.WatchedAnswer> =>
  request(`${at("streams", id, "watched")}${query({ at: moment })}`);
export const fetchStreamReports = (): Promise<T.StreamReport[]> => request("/stream-reports");
export const fetchStreamReport = (id: string): Promise<T.StreamReport> => request(at("streams", id, "report"));
export const fetchSystem = (): Promise<T.SystemStatus> => request("/system");
export const fetchSelfTests = (): Promise<T.SelfTest[]> => request("/self-tests");
export const startSelfTest = (siteId: string): Promise<T.SelfTest> => post("/self-tests", { site_id: siteId });
export const fetchExercisePolicy = (listId: string): Promise<T.ExercisePolicy | null> =>
  request(at("watchlists", listId, "exercise-policy"));
export const writeExercisePolicy = (listId: string, draft: T.ExercisePolicyDraft): Promise<T.ExercisePolicy> =>
  request(at("watchlists", listId, "exercise-policy"), { method: "PUT", json: draft });
export const testChats = (groupId: string): Promise<T.ChatCheck> => post(at("groups", groupId, "test"));
export const fetchChatCheck = (id: string): Promise<T.ChatCheck> => request(at("checks", id));
export const fetchDrills = (): Promise<T.Drill[]> => request("/drills");
export const fetchDrill = (id: string): Promise<T.Drill> => request(at("drills", id));
export const startDrill = (draft: T.DrillDraft): Promise<T.Drill> => post("/drills", draft);

export const fetchAccounts = (): Promise<T.Account[]> => request("/users");
export const createAccount = (draft: T.AccountDraft): Promise<T.Account> => post("/users", draft);
export const changeAccount = (id: string, change: T.AccountChange): Promise<T.Account> => patch(at("users", id), change);

export const fetchRates = (days: number): Promise<T.Rates> => request(`/rates${query({ days })}`);
export const fetchMasks = (streamId: string): Promise<T.StreamMasks> => request(at("streams", streamId, "masks"));
export const saveMasks = (streamId: string, masks: readonly unknown[]): Promise<T.StreamMasks> =>
  request(at("streams", streamId, "masks"), { method: "PUT", json: { masks } });
/** The pictures of these streams that are newer than the known ones (numbers, 0 for none); waits for the first. */
export const askWall = (
  known: ReadonlyMap<string, number>,
  width: number,
  waitS: number,
  signal: AbortSignal,
): Promise<T.WallAnswer> => {
  const asked = [...known].map(([id, number]) => ["show", `${id}:${number}`]);
  const fields = new URLSearchParams([...asked, ["width", String(width)], ["wait_s", String(waitS)]]);
  return request(`/wall?${fields}`, { signal });
};
/** Taken anew each time somebody opens it: `openedAt` keeps the browser from showing an old one. */
export const streamPictureUrl = (streamId: string, openedAt: number): string =>
  `/api/v1${at("streams", streamId, "picture")}${query({ at: openedAt })}`;
export const framePictureUrl = (hitId: string): string => `/api/v1${at("hits", hitId, "pictures", "frame")}`;
export const fetchStillFaces = (): Promise<T.StillFace[]> => request("/still-faces");
export const answerStillFace = (id: string, isPicture: boolean): Promise<T.StreamMasks> =>
  post(at("still-faces", id), { is_picture: isPicture });
export const fetchAnchorPolicies = (siteId: string): Promise<T.AnchorPolicy[]> =>
  request(at("sites", siteId, "anchor-policies"));
export const writeAnchorPolicy = (siteId: string, draft: T.AnchorPolicyDraft): Promise<T.AnchorPolicy> =>
  post(at("sites", siteId, "anchor-policies"), draft);
export const endAnchorPolicy = (siteId: string, id: string): Promise<null> =>
  remove(at("sites", siteId, "anchor-policies", id));
