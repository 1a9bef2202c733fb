// The live stream: levels move at once; everything else is drawn by the server and put in place part by part.
const body = document.body;
const community = body.dataset.community;
const fullFrom = Number(body.dataset.fullFrom);
const PART_WAIT_MS = 1000;
const DEPOSIT_WAIT_MS = 3000;
const LEVEL_WAIT_MS = 10000;

const live = document.getElementById("live");
const liveText = document.getElementById("live-text");
const said = document.getElementById("said");

function showState(on) {
  live.classList.toggle("is-on", on);
  const text = on ? live.dataset.on : live.dataset.off;
  if (liveText.textContent !== text) liveText.textContent = text;
}

function moveLevel(change) {
  const fill = change.channels?.fill_pct;
  if (typeof fill !== "number") return;
  const place = `${change.device}/${change.compartment}`;
  const gauge = document.querySelector(`[data-level="${CSS.escape(place)}"]`);
  const text = gauge?.querySelector(".pct b");
  if (!text || !gauge.querySelector(".pct i")) return; // its first reading: the server draws it
  const height = Math.min(100, Math.max(0, fill));
  const rect = gauge.querySelector(".fill");
  rect.setAttribute("y", (100 - height).toFixed(1));
  rect.setAttribute("height", height.toFixed(1));
  text.textContent = Math.round(fill).toString();
  gauge.classList.toggle("is-full", fill >= fullFrom);
}

let timer = 0;
let dueAt = Infinity;
let refreshing = false;

function refreshWithin(ms) {
  const at = performance.now() + ms;
  if (at >= dueAt) return;
  dueAt = at;
  clearTimeout(timer);
  timer = setTimeout(refresh, ms);
}

async function refresh() {
  dueAt = Infinity;
  if (refreshing || document.hidden) return refreshing ? refreshWithin(PART_WAIT_MS) : undefined;
  refreshing = true;
  try {
    const answer = await fetch(`/?part=live&community=${encodeURIComponent(community)}&show=${body.dataset.show ?? ""}`);
    if (answer.ok) replaceParts(await answer.text());
  } catch {
    refreshWithin(5000);
  } finally {
    refreshing = false;
  }
}

function replaceParts(html) {
  const before = new Set(alertIds(document));
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old || sameAs(old, part)) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const open = old.querySelector("details")?.open;
    old.replaceChildren(...part.childNodes);
    old.className = part.className;
    if (open !== undefined && old.querySelector("details")) old.querySelector("details").open = open;
    if (focused) document.getElementById(focused)?.focus();
  }
  wireCopying();
  const news = [...document.querySelectorAll("[data-alert]")].filter((card) => !before.has(card.dataset.alert));
  if (news.length) said.textContent = news.map((card) => card.dataset.say).join("; ");
  const count = alertIds(document).length;
  document.title = document.title.replace(/^\(\d+\) /, "");
  if (count) document.title = `(${count}) ${document.title}`;
}

const seen = new WeakMap(); // what the server last sent of a part: the page itself is changed by moveLevel

function sameAs(old, part) {
  const same = seen.get(old) === part.innerHTML;
  seen.set(old, part.innerHTML);
  return same && old.dataset.part !== "bins";
}

function alertIds(root) {
  return [...root.querySelectorAll("[data-alert]")].map((card) => card.dataset.alert);
}

function wireCopying() {
  for (const button of document.querySelectorAll("[data-copy][hidden]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
    });
  }
}

function listen() {
  const address = `/api/v1/stream?community=${encodeURIComponent(community)}&after=${body.dataset.after}`;
  const source = new EventSource(address);
  source.addEventListener("open", () => showState(true));
  source.addEventListener("error", () => {
    showState(false);
    // EventSource gives up after an error status; it comes back by itself only after a lost connection.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 10000);
  });
  source.addEventListener("level", (event) => {
    moveLevel(JSON.parse(event.data));
    refreshWithin(LEVEL_WAIT_MS);
  });
  for (const kind of ["alert", "device"]) source.addEventListener(kind, () => refreshWithin(PART_WAIT_MS));
  for (const kind of ["deposit", "photo"]) source.addEventListener(kind, () => refreshWithin(DEPOSIT_WAIT_MS));
  source.addEventListener("gap", () => refreshWithin(0));
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  document.addEventListener("visibilitychange", () => document.hidden || refreshWithin(0));
}

wireCopying();
if (community) listen();
