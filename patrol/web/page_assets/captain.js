// What a captain does: binds phones by QR codes and ends them, and hands messages down to the groups below.
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
  if (!got.member) return say(item, got.detail ?? words.qr_failed);
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

/** What the server said, also where it refused; nothing where it could not be asked. */
async function post(path, content) {
  try {
    const headers = { "Content-Type": "application/json", "Accept-Language": language };
    const got = await fetch(`${base}/${path}`, { method: "POST", headers, body: JSON.stringify(content) });
    return await got.json();
  } catch {
    return {};
  }
}

body.addEventListener("click", async ({ target }) => {
  const button = target.closest("button");
  if (button?.dataset.invite) await invite(button);
  if (!button?.dataset.end || !isSure(button)) return;
  await fetch(`${base}/phones/${button.dataset.end}`, { method: "DELETE" }).catch(() => {});
  load();
});
phones.addEventListener("toggle", () => {
  try { sessionStorage.phones = phones.open; } catch { /* closed again after a reload */ }
  load();
});
try { phones.open = sessionStorage.phones === "true"; } catch { /* as the server sent it */ }
document.addEventListener("phones", load);

// --- forwarding ---

document.getElementById("messages").addEventListener("click", async ({ target }) => {
  if (!target.matches(".send-on")) return;
  const form = target.closest(".forward");
  const chosen = Array.from(form.querySelectorAll(":checked"), ({ value }) => value);
  if (!chosen.length) return form.querySelector("input").focus();
  target.disabled = true;
  const { delivery } = target.closest("article").dataset;
  const { told, detail } = await post("forwards", { delivery_id: delivery, group_ids: chosen });
  target.disabled = false;
  form.querySelector("[role=status]").textContent = !told ? detail ?? words.forward_failed
    : told.length ? fill(words.forward_done, { groups: told.join(", ") }) : words.forward_none;
});
