// What every script of the page shares: its words, and what this browser remembers.
export const { base, memory, language } = document.body.dataset;
export const words = JSON.parse(document.getElementById("words").textContent);

export function fill(phrase, fields) {
  return phrase.replace(/\{(\w+)\}/g, (_, name) => fields[name]);
}

export function remembered(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
}

/** Whether it will be there after a reload: private windows and full storage keep nothing. */
export function remember(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; }
}

/** Ask once more before something that cannot be taken back: true at the second tap within some seconds. */
export function isSure(button) {
  if (button.classList.contains("sure")) {
    calm(button);
    return true;
  }
  button.classList.add("sure");
  button.dataset.label = button.textContent;
  button.textContent = words.sure;
  setTimeout(() => calm(button), 5000);
  return false;
}

export function calm(button) {
  if (!button.classList.contains("sure")) return;
  button.classList.remove("sure");
  button.textContent = button.dataset.label;
}
