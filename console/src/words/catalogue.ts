/** One file a subject, both languages in it; the English one is the shape the other must have. */

import type { Language } from "../api/types";
import * as accuracy from "./accuracy";
import * as amend from "./amend";
import * as clip from "./clip";
import * as deliveries from "./deliveries";
import * as dispatch from "./dispatch";
import * as drills from "./drills";
import * as embedder from "./embedder";
import * as episodes from "./episodes";
import * as forwards from "./forwards";
import * as groups from "./groups";
import * as history from "./history";
import * as keys from "./keys";
import * as login from "./login";
import * as masks from "./masks";
import * as pauses from "./pauses";
import * as phones from "./phones";
import * as quality from "./quality";
import * as rates from "./rates";
import * as review from "./review";
import * as route from "./route";
import * as shell from "./shell";
import * as streams from "./streams";
import * as system from "./system";
import * as time from "./time";
import * as users from "./users";
import * as wall from "./wall";
import * as watchlists from "./watchlists";

const SUBJECTS = {
  accuracy,
  amend,
  clip,
  deliveries,
  dispatch,
  embedder,
  episodes,
  forwards,
  drills,
  groups,
  history,
  keys,
  login,
  masks,
  pauses,
  phones,
  quality,
  rates,
  review,
  route,
  shell,
  streams,
  system,
  time,
  users,
  wall,
  watchlists,
};

export type Words = { readonly [S in keyof typeof SUBJECTS]: (typeof SUBJECTS)[S]["en"] };

function inLanguage(language: Language): Words {
  return Object.fromEntries(Object.entries(SUBJECTS).map(([subject, both]) => [subject, both[language]])) as Words;
}

export const CATALOGUES: Readonly<Record<Language, Words>> = { en: inLanguage("en"), zh: inLanguage("zh") };
