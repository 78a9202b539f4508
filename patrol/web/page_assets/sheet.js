// Answering: two answers by one tap, the others from a sheet, "sighted here" with a place, a photo or a voice note.
import { answersOf, give, stateOf } from "./outbox.js";
import { calm, fill, isSure, remember, remembered, words } from "./words.js";

const ASKS = ["not_him", "need_help"]; // each moves many people
const LONGEST_PX = 1280;               // a face across an escalator is still to be known
const VOICE_MS = 60000;
const HERE_MS = 15000;

const list = document.getElementById("messages");
const sheet = document.getElementById("sheet");
const [kinds, sighting] = [document.getElementById("kinds"), document.getElementById("sighting")];
const [remark, place, where] = ["remark", "place", "where"].map((id) => document.getElementById(id));
const [here, record, photo, voice] = ["here", "record", "photo", "voice"].map((id) => document.getElementById(id));
const attached = document.getElementById("attached");
const nameField = document.getElementById("name"); // a bound phone has none: it is known

let caseId;     // that the sheet answers
let found = {}; // of the sighting: {position, photo, voice}
let recorder;

// --- giving ---

function answer(id, kind, more = {}) {
  const article = articleOf(id);
  if (!article?.dataset.delivery) return;
  give(id, { delivery_id: article.dataset.delivery, kind, member: nameField?.value.trim() ?? "", ...more });
}

function articleOf(id) {
  return list.querySelector(`article[data-id="${CSS.escape(id)}"]`);
}

list.addEventListener("click", ({ target }) => {
  const button = target.closest("[role=group] button");
  if (!button) return;
  const { id } = button.closest("article").dataset;
  if (button.classList.contains("more")) open(id);
  else answer(id, button.value);
});

kinds.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  if (button.value === "sighted") return showSighting(true);
  if (ASKS.includes(button.value) && !isSure(button)) return;
  const text = remark.value.trim();
  if (button.value === "other" && !text) return remark.focus();
  answer(caseId, button.value, { text });
  close();
});

// --- the sheet ---

function open(id) {
  caseId = id;
  document.getElementById("sheet-title").textContent = `${words.more} ${articleOf(id).dataset.label}`;
  remark.value = where.value = photo.value = voice.value = "";
  if (place) place.value = "";
  found = {};
  showFound();
  showSighting(false);
  if (sheet.showModal) sheet.showModal();
  else sheet.setAttribute("open", ""); // iOS before 15.4
}

function showSighting(isShown) {
  kinds.hidden = isShown;
  sighting.hidden = !isShown;
}

function close() {
  if (sheet.close) sheet.close();
  else sheet.removeAttribute("open");
}

document.getElementById("close").addEventListener("click", close);
sheet.addEventListener("close", () => {
  recorder?.stop();
  kinds.querySelectorAll(".sure").forEach(calm);
});

// --- sighted here ---

document.getElementById("send-sighting").addEventListener("click", async () => {
  if (recorder) await stopped();
  const { position, photo, voice } = found;
  const said = { ...position, ...(place?.value && { id: place.value }), words: wordsOfPlace() };
  answer(caseId, "sighted", { place: said, media: [photo, voice].filter(Boolean), text: remark.value.trim() });
  close();
});

/** What was picked goes along in words: the list may have changed when the answer gets through. */
function wordsOfPlace() {
  return where.value.trim() || (place?.value ? place.selectedOptions[0].textContent : "");
}

function showFound(trouble = "") {
  const { position, photo, voice } = found;
  const what = [photo && words.photo, voice && words.voice].filter(Boolean).join(", ");
  const said = [position && fill(words.where_found, { metres: Math.round(position.accuracy) }), what && fill(words.attached, { what })];
  attached.textContent = [trouble, ...said].filter(Boolean).join(" · ");
}

if (isSecureContext && navigator.geolocation) {
  here.hidden = false;
  here.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
    ({ coords: { latitude, longitude, accuracy } }) => { found.position = { latitude, longitude, accuracy }; showFound(); },
    () => showFound(words.where_unknown),
    { enableHighAccuracy: true, timeout: HERE_MS, maximumAge: HERE_MS },
  ));
}

photo.addEventListener("change", async () => {
  const [file] = photo.files;
  if (!file) return;
  try {
    found.photo = { kind: "photo", content_type: "image/jpeg", content: await smaller(file) };
    showFound();
  } catch {
    showFound(words.photo_failed);
  }
});

/** A photo drawn anew: a tenth of the bytes, and nothing of what the camera writes beside the picture. */
async function smaller(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.8).split(",")[1];
}

if (isSecureContext && window.MediaRecorder && navigator.mediaDevices) {
  record.hidden = false;
  record.addEventListener("click", () => (recorder ? stopped() : start()));
} else {
  document.getElementById("voice-file").hidden = false; // the phone's own recorder
  voice.addEventListener("change", () => voice.files[0] && keepVoice(voice.files[0]));
}

async function start() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const parts = [];
    recorder = new MediaRecorder(stream, { audioBitsPerSecond: 24000 });
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recorder.addEventListener("stop", async () => {
      stream.getTracks().forEach((track) => track.stop());
      await keepVoice(new Blob(parts, { type: recorder.mimeType }));
      recorder = undefined;
      record.textContent = words.voice;
      record.dispatchEvent(new Event("kept"));
    });
    recorder.start();
    record.textContent = words.voice_stop;
    setTimeout((it) => it === recorder && it.stop(), VOICE_MS, recorder);
  } catch {
    recorder = undefined;
    showFound(words.voice_failed);
  }
}

function stopped() {
  const kept = new Promise((resolve) => record.addEventListener("kept", resolve, { once: true }));
  recorder.stop();
  return kept;
}

async function keepVoice(blob) {
  found.voice = { kind: "voice", content_type: blob.type.split(";")[0], content: await base64(blob) };
  showFound();
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1]);
    reader.onerror = reject;
    reader.readAsDataURL(blob);
  });
}

// --- one's own answers ---

function showAnswers() {
  for (const article of list.querySelectorAll("article")) showOwn(article);
  if (sheet.open && !articleOf(caseId)?.dataset.delivery) close(); // withdrawn, or over
}

/** What still waits, each in a line, and the newest. */
function showOwn(article) {
  const given = answersOf(article.dataset.id);
  for (const button of article.querySelectorAll("[role=group] button[value]")) {
    button.setAttribute("aria-pressed", String(given.at(-1)?.kind === button.value));
  }
  const lines = given.filter((item, index) => item.answer || index === given.length - 1);
  article.querySelector(".own").replaceChildren(...lines.map((item) => {
    const line = document.createElement("p");
    const state = item.detail || words[stateOf(item)];
    line.textContent = fill(words.own, { kind: words[item.kind], state });
    line.className = item.state;
    return line;
  }));
}

if (nameField) {
  nameField.value = remembered("patrol:name", "");
  nameField.addEventListener("change", () => remember("patrol:name", nameField.value.trim()));
}
document.addEventListener("answers", showAnswers);
showAnswers();
