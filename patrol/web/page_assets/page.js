// The group's page: shows what comes in, live where the network allows it, else by asking.
import { flush, forget } from "./outbox.js";
import { base, language, words } from "./words.js";

const list = document.getElementById("messages");
const state = document.getElementById("state");
const news = document.getElementById("news");

const POLL_MS = 5000;      // without a live connection
const POLL_LIVE_MS = 60000; // with one: in case a proxy holds it back

// --- showing ---

function ago(moment) {
  const seconds = Math.min(0, Math.round((new Date(moment) - Date.now()) / 1000)); // phones' clocks differ
  const [unit, length] = seconds > -60 ? ["second", 1] : seconds > -3600 ? ["minute", 60]
    : seconds > -86400 ? ["hour", 3600] : ["day", 86400];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.trunc(seconds / length), unit);
}

function showTimes() {
  for (const time of document.querySelectorAll("time")) {
    if (!time.title) time.title = time.textContent;
    time.textContent = ago(time.dateTime);
  }
}

// What the server sent of each case, so that one which is still the same is left alone:
// a finger that is on a button right now must find it under itself when it lifts.
let sent = new Map();

function take(fragment) {
  const nodes = Array.from(fragment.children);
  return new Map(nodes.map((node) => [node.dataset.id ?? "", { node, html: node.outerHTML }]));
}

function show(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = take(template.content);
  const known = new Set(Array.from(list.querySelectorAll("[data-message], article"), messageOf));
  const pictures = new Map(Array.from(list.querySelectorAll("img"), (img) => [img.getAttribute("src"), img]));
  for (const [id, { html, node }] of fresh) {
    const before = sent.get(id);
    if (before?.html === html) { fresh.set(id, before); continue; }
    for (const img of node.querySelectorAll("img")) {
      const shown = pictures.get(img.getAttribute("src"));
      if (shown) img.replaceWith(shown); // it need not travel again
    }
  }
  place(fresh);
  sent = fresh;
  showTimes();
  document.dispatchEvent(new Event("answers"));
  const standing = list.querySelectorAll("article:not(.withdrawn, .ended), article:not(.withdrawn, .ended) [data-message]");
  if (Array.from(standing, messageOf).some((id) => !known.has(id))) announce();
}

function messageOf(node) {
  return node.dataset.message ?? node.dataset.id;
}

/** Put the nodes in order, moving only those that are not where they belong. */
function place(fresh) {
  const focus = document.activeElement;
  const focused = focus?.closest?.("article")?.dataset.id;
  for (const [id, { node }] of sent) if (fresh.get(id)?.node !== node) node.remove();
  Array.from(fresh.values()).forEach(({ node }, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  if (focused && !focus.isConnected) list.querySelector(`[data-id="${focused}"] button[value="${focus.value}"]`)?.focus();
}

function announce() {
  news.textContent = words.new;
  setTimeout(() => { news.textContent = ""; }, 3000);
  navigator.vibrate?.([200, 100, 200]);
  if (sound) [0, 0.3].forEach(beep);
}

// Browsers let a page sound only after somebody has touched it. iPhones do not vibrate for pages at all.
let sound;
document.addEventListener("click", () => {
  if (!window.AudioContext) return;
  sound ??= new AudioContext();
  sound.resume();
});

function beep(after_s) {
  const tone = sound.createOscillator();
  tone.frequency.value = 880;
  tone.connect(sound.destination);
  tone.start(sound.currentTime + after_s);
  tone.stop(sound.currentTime + after_s + 0.2);
}

function showState(code) {
  state.textContent = words[code];
  state.className = code;
}

// --- fetching: live by events, else by asking ---

let feed;
let timer;
let tag = ""; // of the list as it stands here
let isLoading = false;
let isStale = false;

async function load() {
  if (isLoading) { isStale = true; return; }
  isLoading = true;
  try {
    const headers = tag ? { "If-None-Match": tag } : {};
    const answer = await fetch(`${base}/list?lang=${language}`, { cache: "no-store", headers });
    if (answer.status === 404 || answer.status === 410) return end();
    if (!answer.ok && answer.status !== 304) throw new Error(String(answer.status));
    if (answer.ok) show(await answer.text());
    tag = answer.headers.get("ETag") || tag;
    showState(feed?.readyState === EventSource.OPEN ? "live" : "slow");
    flush();
  } catch {
    showState("away");
  } finally {
    isLoading = false;
    if (isStale) { isStale = false; load(); }
  }
}

/** The server says in words that the link, or this phone, is no longer valid. */
function end() {
  feed?.close();
  clearTimeout(timer);
  list.textContent = "";
  forget();
  location.reload();
}

function poll() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    await load();
    if (!feed || feed.readyState === EventSource.CLOSED) listen();
    poll();
  }, feed?.readyState === EventSource.OPEN ? POLL_LIVE_MS : POLL_MS);
}

function listen() {
  if (!window.EventSource) return;
  feed = new EventSource(`${base}/events`);
  feed.onopen = feed.onerror = () => { load(); poll(); };
  feed.addEventListener("messages", load);
  feed.addEventListener("phones", () => document.dispatchEvent(new Event("phones")));
  feed.addEventListener("changed", () => location.reload());
  feed.addEventListener("revoked", end);
}

list.addEventListener("click", ({ target }) => target.matches("img") && target.classList.toggle("whole"));

// A voice note is fetched whole: Safari plays no sound from a server that does not serve parts of it.
list.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-voice]");
  if (!button) return;
  const got = await fetch(button.dataset.voice);
  if (!got.ok) return button.remove();
  const audio = new Audio(URL.createObjectURL(await got.blob()));
  audio.controls = true;
  button.replaceWith(audio);
  audio.play();
});

sent = take(list);
window.addEventListener("online", load);
window.addEventListener("offline", () => showState("away"));
document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); });
document.addEventListener("times", showTimes);
setInterval(showTimes, 15000);
if (location.search.includes("new=")) history.replaceState(null, "", location.pathname); // said once
showTimes();
listen();
poll();
flush();
