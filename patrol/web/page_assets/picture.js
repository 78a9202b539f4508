// Says that somebody looks at it: a chat app that fetches the page for a preview runs none of this.
const look = () => document.visibilityState === "visible";
const tell = () => fetch(`${location.pathname}/opened`, { method: "POST" }).catch(() => undefined);

if (look()) tell();
else document.addEventListener("visibilitychange", () => look() && tell(), { once: true });
