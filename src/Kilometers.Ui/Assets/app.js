// What every page does: keys, copying, and following what is recorded while it is open.
import { CallList } from "./list.js";

const list = document.querySelector("[data-list]");
const calls = list ? new CallList(list) : null;

// Keys

const items = () => [...document.querySelectorAll("[data-item]")].filter(item => item.offsetParent !== null);
const linkOf = item => item.querySelector("a[data-main]") ?? item.querySelector("a") ?? item;

function move(step) {
  if (calls) return calls.move(step);
  const sibling = document.querySelector(step > 0 ? "a[data-next]" : "a[data-previous]");
  if (sibling) return sibling.click();
  const all = items();
  const at = all.findIndex(item => item.contains(document.activeElement));
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  if (!next) return;
  linkOf(next).focus();
  next.scrollIntoView({ block: "nearest" });
}

const help = document.getElementById("help");

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest("input, select, textarea");
  if (event.key === "Escape") {
    if (help.open) return;
    if (field) field.blur();
    else if (document.body.dataset.up) location.assign(document.body.dataset.up);
    return;
  }

  if (field || help.open) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "?") help.showModal();
  else if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) {
      search.focus();
      search.select();
    } else location.assign("/search");
  } else return;
  event.preventDefault();
});

document.querySelector("[data-help]").addEventListener("click", () => help.showModal());

// A row opens by a click anywhere; the link in it is what the keyboard and screen readers use.
document.addEventListener("click", event => {
  const row = event.target.closest("tr[data-item], [role=row][data-item]");
  if (!row || event.target.closest("a, button, summary, input") || String(getSelection()).length > 0) return;
  const link = row.querySelector("a[data-main]") ?? row.querySelector("a");
  if (link) link.click();
});

// Copying

document.addEventListener("click", async event => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.textContent;
  try {
    const source = button.dataset.copy;
    const text = source === "" ? location.href : await (await fetch(source)).text();
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    button.classList.add("copied");
  } catch {
    button.textContent = "Cannot copy";
  }
  setTimeout(() => {
    button.textContent = label;
    button.classList.remove("copied");
  }, 1500);
});

// Forms send only what was filled in: addresses stay short.
document.addEventListener("submit", event => {
  for (const field of event.target.querySelectorAll("input, select")) field.disabled = field.value === "";
  setTimeout(() => {
    for (const field of event.target.querySelectorAll("input, select")) field.disabled = false;
  });
});

for (const select of document.querySelectorAll("select[data-submit]"))
  select.addEventListener("change", () => select.form.requestSubmit());

// Live. A hidden page gives its connection back, since a browser has only six for all pages, and shows now and then that it is there.

const status = document.getElementById("live");
const MinInterval = 1000;
let stream = null;
let refreshed = performance.now();
let waiting = null;

async function refresh() {
  waiting = null;
  refreshed = performance.now();
  if (calls) calls.refresh();
  const parts = [...document.querySelectorAll("[data-live]")];
  if (parts.length === 0) return;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const notice = document.getElementById("notice");
    if (notice && !fresh.getElementById("notice")) return location.reload();
    for (const part of parts) replace(part, fresh.getElementById(part.id));
  } catch {
    // The next change tries again; a lost connection is shown by the stream.
  }
}

// Keeps the focus, and leaves alone what is the same, so that nothing flickers or loses its place.
function replace(part, fresh) {
  if (!fresh || part.innerHTML === fresh.innerHTML) return;
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const href = focused?.getAttribute("href");
  const scrolled = part.querySelector(".scroll")?.scrollLeft ?? 0;
  part.replaceChildren(...fresh.childNodes);
  const scroll = part.querySelector(".scroll");
  if (scroll) scroll.scrollLeft = scrolled;
  if (href) [...part.querySelectorAll("a")].find(link => link.getAttribute("href") === href)?.focus();
}

function onChange() {
  if (waiting === null) waiting = setTimeout(refresh, Math.max(0, MinInterval - (performance.now() - refreshed)));
}

function connect() {
  stream?.close();
  stream = null;
  if (document.hidden) return;
  stream = new EventSource("/live");
  stream.addEventListener("open", () => { status.hidden = true; });
  stream.addEventListener("change", onChange);
  stream.addEventListener("error", () => {
    status.textContent = "km ui has ended. Run it again.";
    status.hidden = false;
  });
}

document.addEventListener("visibilitychange", () => {
  connect();
  if (!document.hidden) onChange();
});
setInterval(() => { if (document.hidden) fetch("/live/here").catch(() => {}); }, 60_000);
connect();
