// The group's page: shows what comes in, live where the network allows it, and gets answers through in the end.
"use strict";

const { base, group, language } = document.body.dataset;
const words = JSON.parse(document.getElementById("words").textContent);
const list = document.getElementById("messages");
const state = document.getElementById("state");
const nameField = document.getElementById("name");
let shown = list.innerHTML.trim(); // as the server sent it

const POLL_MS = 5000;      // without a live connection
const POLL_LIVE_MS = 60000; // with one: in case a proxy holds it back
const CONFIRM_MS = 5000;   // how long "sure?" waits for the second tap

// Answers of this phone, by delivery: {kind, ref, state: "sending" | "kept" | "sent" | "refused"}.
const memory = "patrol:" + group;
let answers = remembered(memory, {});

function remembered(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) || otherwise; } catch { return otherwise; }
}

function remember(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode: good until the page closes */ }
}

function newRef() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

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

function showAnswers() {
  for (const article of list.querySelectorAll("article")) {
    const answer = answers[article.dataset.id];
    const own = article.querySelector(".own");
    if (!own) continue;
    for (const button of article.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(answer?.kind === button.value));
    }
    own.textContent = answer ? words.own.replace("{kind}", words[answer.kind]).replace("{state}", words[answer.state]) : "";
  }
}

function show(html) {
  const known = new Set(Array.from(list.querySelectorAll("article"), (article) => article.dataset.id));
  const focused = document.activeElement?.closest?.("article")?.dataset.id;
  const pressed = document.activeElement?.value;
  const pictures = new Map(Array.from(list.querySelectorAll("img"), (img) => [img.getAttribute("src"), img]));
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  // Nothing new: a finger that is on a button right now must find it under itself when it lifts.
  if (fresh.innerHTML.trim() === shown) return;
  shown = fresh.innerHTML.trim();
  for (const img of fresh.content.querySelectorAll("img")) {
    // The picture that is there stays: it need not travel again.
    const shown = pictures.get(img.getAttribute("src"));
    if (shown) img.replaceWith(shown);
  }
  const isNew = Array.from(fresh.content.querySelectorAll("article:not(.withdrawn)"))
    .some((article) => !known.has(article.dataset.id));
  list.textContent = "";
  list.append(fresh.content);
  showTimes();
  showAnswers();
  if (focused) list.querySelector(`[data-id="${focused}"] button[value="${pressed}"]`)?.focus();
  if (isNew) announce();
}

function announce() {
  document.getElementById("news").textContent = words.new;
  setTimeout(() => { document.getElementById("news").textContent = ""; }, 3000);
  navigator.vibrate?.([200, 100, 200]);
}

function showState(code) {
  state.textContent = words[code];
  state.className = code;
}

function end() {
  feed?.close();
  clearTimeout(timer);
  location.reload(); // the server says in words that the link is no longer valid
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
    if (answer.status === 404) return end();
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
  feed.onopen = () => { load(); poll(); };
  feed.onerror = () => { load(); poll(); };
  feed.addEventListener("messages", load);
  feed.addEventListener("revoked", end);
}

// --- answering ---

function answer(id, kind) {
  answers[id] = { kind, ref: newRef(), state: "sending", at: Date.now() };
  remember(memory, answers);
  showAnswers();
  flush();
}

let isFlushing = false;

async function flush() {
  if (isFlushing) return;
  isFlushing = true;
  try {
    for (const [id, answer] of Object.entries(answers)) {
      if (answer.state === "sending" || answer.state === "kept") await send(id, answer);
    }
  } finally {
    isFlushing = false;
  }
  if (Object.values(answers).some((answer) => answer.state === "sending")) flush(); // tapped meanwhile
}

async function send(id, answer) {
  const body = { delivery_id: id, kind: answer.kind, event_ref: answer.ref, member: nameField.value.trim() };
  try {
    const got = await fetch(`${base}/replies`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language },
      body: JSON.stringify(body),
    });
    if (got.status >= 500 || got.status === 429) throw new Error(String(got.status));
    answer.state = got.ok ? "sent" : "refused";
  } catch {
    answer.state = "kept"; // its reference makes it count once, however often it is sent
  }
  remember(memory, answers);
  showAnswers();
}

list.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.value === "not_him" && !button.classList.contains("sure")) return askAgain(button);
  reset(button);
  answer(button.closest("article").dataset.id, button.value);
});

function askAgain(button) {
  button.classList.add("sure");
  button.textContent = words.sure;
  setTimeout(() => reset(button), CONFIRM_MS);
}

function reset(button) {
  button.classList.remove("sure");
  button.textContent = words[button.value];
}

// --- start ---

nameField.value = remembered("patrol:name", "");
nameField.addEventListener("change", () => remember("patrol:name", nameField.value.trim()));
answers = Object.fromEntries(Object.entries(answers).filter(([, kept]) => Date.now() - kept.at < 7 * 86400e3));
window.addEventListener("online", load);
window.addEventListener("offline", () => showState("away"));
document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); });
setInterval(showTimes, 15000);
showTimes();
showAnswers();
listen();
poll();
flush();
