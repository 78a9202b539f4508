// Answers given on this phone, kept until they are through, over reloads and lost networks.
// Each gets its reference once, when it is given: however often it is sent, it counts once.
import { base, language, memory, remember, remembered } from "./words.js";

const KEY = `patrol:outbox:${memory}`;
const RETRY_MS = 2000;      // doubled at each failure
const RETRY_MOST_MS = 60000;
const KEPT_MS = 86400e3;    // what is through is shown as one's own answer for so long

let items = stored();
let isKept = true;          // whether a reload would find them again
let isSending = false;
let retryMs = RETRY_MS;
let timer;

function stored() {
  return remembered(KEY, []).filter(({ at }) => Date.now() - at < KEPT_MS);
}

/** @returns the answers to one case, oldest first: {ref, id, kind, state: "sending" | "kept" | "sent" | ...}. */
export function answersOf(id) {
  return items.filter((item) => item.id === id);
}

export function stateOf(item) {
  return item.state === "kept" && !isKept ? "kept_open" : item.state;
}

/** id: of the case. answer: what the server takes, but for the reference. */
export function give(id, answer) {
  items.push({ id, ref: newRef(), kind: answer.kind, at: Date.now(), state: "sending", answer });
  changed();
  flush();
}

/** The link has ended: nothing of it stays on this phone. */
export function forget() {
  items = [];
  clearTimeout(timer);
  try { localStorage.removeItem(KEY); } catch { /* nothing was kept */ }
}

export async function flush() {
  if (isSending) return;
  isSending = true;
  clearTimeout(timer);
  try {
    for (let item; (item = items.find(({ answer }) => answer));) {
      if (!(await send(item))) return again();
    }
    retryMs = RETRY_MS;
  } finally {
    isSending = false;
  }
}

function again() {
  for (const item of items) if (item.answer) item.state = "kept";
  changed();
  timer = setTimeout(flush, retryMs * (0.5 + Math.random() / 2)); // not all phones of a building at once
  retryMs = Math.min(2 * retryMs, RETRY_MOST_MS);
}

/** Whether the server has said something final of it. */
async function send(item) {
  let got, body;
  try {
    got = await fetch(`${base}/replies`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language },
      body: JSON.stringify({ ...item.answer, event_ref: item.ref, age_s: age(item) }),
    });
    if (got.status >= 500 || got.status === 429) return false;
    body = await got.json();
  } catch {
    return false;
  }
  item.state = !got.ok ? "refused" : body.is_late ? "late" : "sent";
  item.detail = got.ok ? "" : body.detail;
  delete item.answer; // photo and voice go with it
  changed();
  return true;
}

/** How long it has waited, for phones' clocks differ. */
function age({ at }) {
  return Math.min(Math.max(0, (Date.now() - at) / 1000), KEPT_MS / 1000);
}

function changed() {
  const known = new Set(items.map(({ ref }) => ref));
  items = [...stored().filter(({ ref }) => !known.has(ref)), ...items]; // given in another tab
  isKept = remember(KEY, items);
  document.dispatchEvent(new Event("answers"));
}

function newRef() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

window.addEventListener("online", () => { retryMs = RETRY_MS; flush(); });
