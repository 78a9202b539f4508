// A captain's phones: who has been reached, a QR code for one member, one tap and another to end one.
import { base, fill, isSure, language, words } from "./words.js";

const phones = document.getElementById("phones");
const body = phones.querySelector("div");
const code = document.createElement("figure");
let invited; // the member whose code is shown, and how many phones they had

async function load() {
  if (!phones.open) return;
  const got = await fetch(`${base}/phones?lang=${language}`, { cache: "no-store" });
  if (!got.ok) return;
  body.innerHTML = await got.text();
  document.dispatchEvent(new Event("times"));
  showCode();
}

/** The code stays by its member until a phone is bound with it. */
function showCode() {
  const item = invited && body.querySelector(`[data-member="${invited.id}"]`);
  if (item && item.dataset.n === invited.n) item.append(code);
  else invited = undefined;
}

async function invite(button) {
  const item = button.closest("[data-member]");
  const got = await post("invites", { member_id: button.dataset.invite });
  if (!got) return say(item, words.qr_failed);
  invited = { id: item.dataset.member, n: item.dataset.n };
  const image = new Image();
  image.src = got.qr;
  image.alt = fill(words.qr_for, { name: got.member });
  const caption = document.createElement("figcaption");
  caption.textContent = image.alt;
  code.replaceChildren(image, caption);
  showCode();
  code.scrollIntoView({ block: "nearest" });
}

function say(item, text) {
  const caption = document.createElement("figcaption");
  caption.textContent = text;
  code.replaceChildren(caption);
  item.append(code);
}

async function post(path, content) {
  try {
    const headers = { "Content-Type": "application/json", "Accept-Language": language };
    const got = await fetch(`${base}/${path}`, { method: "POST", headers, body: JSON.stringify(content) });
    return got.ok ? await got.json() : null;
  } catch {
    return null;
  }
}

body.addEventListener("click", async ({ target }) => {
  const button = target.closest("button");
  if (button?.dataset.invite) await invite(button);
  if (!button?.dataset.end || !isSure(button)) return;
  await fetch(`${base}/phones/${button.dataset.end}`, { method: "DELETE" }).catch(() => {});
  load();
});
phones.addEventListener("toggle", load);
document.addEventListener("phones", load);
