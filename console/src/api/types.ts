/** The API's own shapes (schema.ts is made from openapi.json by `npm run types`), by the console's names. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["LoggedIn"];
export type User = Schemas["Me"];
export type Account = Schemas["UserView"];
export type AccountDraft = Schemas["NewUser"];
export type AccountChange = Schemas["UserPatch"];
export type Language = User["language"];
export type Role = User["role"];

export type Hit = Schemas["HitView"];
export type HitPage = Schemas["HitPage"];
export type Delivery = Schemas["DeliveryView"];
export type Reply = Schemas["ReplyView"];
export type Episode = Schemas["EpisodeView"];
export type EpisodeClosing = Schemas["Closing"];
export type RunningClock = Schemas["ClockView"];
export type Step = Schemas["StepView"];
export type GroupRef = Schemas["GroupRef"];
export type ForwardPolicy = Schemas["ForwardPolicyView"];
export type NewForwardPolicy = Schemas["NewForwardPolicy"];
export type Forwarded = Schemas["Forwarded"];
export type Decision = Schemas["DecisionView"];
export type NewDecision = Schemas["NewDecision"];
export type NewAmendment = Schemas["NewAmendment"];
export type Verdict = NewDecision["verdict"];
export type DeliveryState = Delivery["state"];
export type ReplyKind = Reply["kind"];

export type Watchlist = Schemas["WatchlistView"];
export type WatchlistDraft = Schemas["NewWatchlist"];
export type WatchlistChange = Schemas["WatchlistPatch"];
export type Category = Watchlist["category"];
export type Person = Schemas["PersonView"];
export type PersonChange = Schemas["PersonPatch"];
export type Portrait = Schemas["PortraitView"];
export type PhotoResult = Schemas["PhotoReport"];
export type PhotoReport = Schemas["Enrolled"];
export type ImportReport = Schemas["ImportView"];
export type ImportRow = Schemas["ImportRow"];

export type Group = Schemas["GroupView"];
export type GroupDraft = Schemas["NewGroup"];
export type GroupChange = Schemas["GroupPatch"];
export type ChatDraft = Schemas["NewChat"];
export type Cover = Schemas["Cover"];
export type NewMember = Schemas["NewMember"];
export type ShiftException = Schemas["ShiftException"];
export type GroupWarning = Schemas["WarningView"];
export type ImportedGroups = Schemas["ImportedGroups"];
export type LevelTimes = Schemas["LevelView"];
export type NewLevelTimes = Schemas["NewLevel"];
export type Site = Schemas["SiteView"];
export type GroupPhones = Schemas["GroupPhones"];
export type ReachedPhones = Schemas["ReachedPhones"];
export type MemberPhones = Schemas["MemberPhonesView"];
export type Phone = Schemas["PhoneView"];
export type PhoneInvite = Schemas["InviteView"];
export type HitRoute = Schemas["RouteView"];
export type RouteCandidate = Schemas["CandidateView"];
export type Pause = Schemas["PauseView"];
export type PauseDraft = Schemas["NewPause"];
export type Accuracy = Schemas["AccuracyView"];
export type AlternativeBudget = Schemas["AlternativeView"];
export type BudgetDraft = Schemas["NewBudget"];
export type PastAccuracy = Schemas["PastView"];
export type Volunteer = Schemas["VolunteerView"];
export type VolunteerReport = Schemas["NewVolunteers"];
export type Embedders = Schemas["EmbeddersView"];
export type Embedder = Schemas["EmbedderView"];
export type EmbedderChange = Schemas["ChangeView"];
export type EmbedderTried = Schemas["TriedView"];
export type StreamStatus = Schemas["StreamView"];
export type WallAnswer = Schemas["WallView"];
export type WallTile = Schemas["TileView"];
export type LivePicture = Schemas["PictureView"];
export type SystemStatus = Schemas["SystemView"];
export type Cause = Schemas["CauseView"];
export type DeliveryRow = Schemas["DeliveryRow"];
export type DeliveryPage = Schemas["DeliveryPage"];
export type DeliveryStory = Schemas["DeliveryStory"];
export type Redriven = Schemas["Redriven"];
export type ChatQueue = Schemas["ChatQueue"];
export type SelfTest = Schemas["SelfTestView"];
export type ExercisePolicy = Schemas["PolicyView"];
export type ExercisePolicyDraft = Schemas["NewPolicy"];
export type ChatCheck = Schemas["CheckView"];
export type Drill = Schemas["DrillView"];
export type DrillDraft = Partial<Schemas["NewDrill"]>;
export type DrillScore = Schemas["ScoreView"];

/** What the live feed says: ids and codes, never names of people. */
export interface LiveEvent {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly subject: string;
  readonly site_id: string | null;
  readonly hit_id?: string;
  readonly number?: number;
  readonly stream_id?: string;
  readonly reply_kind?: ReplyKind;
  readonly is_quiet?: boolean;
  readonly origin?: Hit["origin"];
}

export type Rates = Schemas["RatesView"];
export type Rate = Schemas["CountedRate"];
export type CameraRates = Schemas["CameraRatesView"];
export type EntryRates = Schemas["EntryRatesView"];
export type StreamMasks = Schemas["MasksView"];
export type StillFace = Schemas["StillFaceView"];
export type AnchorPolicy = Schemas["AnchorPolicyView"];
export type AnchorPolicyDraft = Schemas["NewAnchorPolicy"];
export type StreamDay = Schemas["DayView"];
export type StreamGap = Schemas["GapView"];
export type WatchedAnswer = Schemas["WatchedView"];
export type StreamReport = Schemas["SuitabilityView"];
