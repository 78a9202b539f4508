// Binds this phone at a tap, and goes to its own page.
const button = document.getElementById("join");
const failed = document.getElementById("failed");

button.addEventListener("click", async () => {
  button.disabled = true;
  failed.hidden = true;
  try {
    const got = await fetch(location.pathname, { method: "POST" });
    if (got.status === 410) return location.reload(); // it says in words why
    location.replace((await got.json()).url);
  } catch {
    failed.hidden = false;
    button.disabled = false;
  }
});
