// A list of calls of any length: only the rows in view are in the page. Rows come from the server as HTML, in pages; each page knows the call
// after which the next one begins, so that reading on is one step of an index, and a jump counts from the nearest page that is known.

const PageSize = 100;
const MaxKept = 40;
const Overscan = 8;
// Browsers cannot show boxes that are much higher.
const MaxHeight = 8_000_000;
// How far from their window's edge rows may lie.
const MaxTop = 1_000_000;
// The waterfall follows what is in view, but not with each frame of a scroll.
const BarsInterval = 100;

export class CallList {
  #box;
  #body;
  #window;
  #total;
  #rowHeight;
  #base = 0; // the row at the window's edge
  #inView = []; // the rows whose bars are seen
  #span = null; // the time that their bars span: { from, whole }
  #barsAt = 0;
  #barsDue = 0;
  #pages = new Map(); // number of a page -> { rows, used }, rows as { row, bar, start, length, at, base, span }
  #cursors = new Map([[0, 0]]); // number of a page -> the call after which it begins
  #asked = new Map();
  #generation = 0;
  #selected = -1;
  #frame = 0;
  #shown = "";
  #isFocusDue = false;

  constructor(box) {
    this.#box = box;
    this.#body = box.querySelector(".body");
    this.#total = Number(box.dataset.total);
    this.#rowHeight = Number.parseFloat(getComputedStyle(box).getPropertyValue("--row"));
    // The rows lie in a window. Where they must follow a scroll, it moves, which the browser does without painting them again.
    const first = [...this.#body.children];
    this.#window = document.createElement("div");
    this.#window.className = "window";
    this.#window.setAttribute("role", "none");
    this.#body.replaceChildren(this.#window);
    if (first.length > 0) this.#keep(0, first);
    box.addEventListener("scroll", () => this.#request(), { passive: true });
    new ResizeObserver(() => this.#request()).observe(box);
    this.#size();
    const wanted = Number(new URLSearchParams(location.search).get("at") ?? history.state?.at ?? 0);
    if (wanted > 0) this.#scrollTo(wanted);
    setInterval(() => this.#bars(true), 1000);
  }

  // Moves the selection by rows, and brings it into view.
  move(step) {
    if (this.#total === 0) return;
    // While its page is on its way, the selection is ahead of the focus.
    const focused = this.#isFocusDue ? null : document.activeElement?.closest?.("[role=row][data-at]");
    const from = focused ? Number(focused.dataset.at) : this.#selected < 0 ? this.#first() - (step > 0 ? 1 : 0) : this.#selected;
    this.#selected = Math.min(Math.max(from + step, 0), this.#total - 1);
    const first = this.#first();
    if (this.#selected < first) this.#scrollTo(this.#selected);
    else if (this.#selected >= first + this.#visible()) this.#scrollTo(this.#selected - this.#visible() + 1);
    this.#isFocusDue = true;
    this.#shown = "";
    this.#render();
  }

  // Fetches again what is in view; a page that was full stays as it is.
  async refresh() {
    const isAtEnd = this.#first() + this.#visible() >= this.#total - 1 && this.#total > this.#visible();
    const [from, to] = this.#range();
    this.#generation++;
    this.#asked.clear();
    for (let page = Math.floor(from / PageSize); page <= Math.floor(Math.max(from, to - 1) / PageSize); page++) await this.#load(page, true);
    this.#shown = "";
    if (isAtEnd) this.#scrollTo(this.#total - this.#visible() + 1);
    this.#render();
  }

  #visible() {
    return Math.max(1, Math.floor((this.#box.clientHeight - this.#rowHeight) / this.#rowHeight));
  }

  get #height() {
    return Math.min(this.#total * this.#rowHeight, MaxHeight);
  }

  // How many rows one pixel of scrolling is.
  get #ratio() {
    const path = this.#height - this.#visible() * this.#rowHeight;
    return path <= 0 ? 0 : (this.#total - this.#visible()) / path;
  }

  #first() {
    return Math.min(Math.max(Math.floor(this.#box.scrollTop * this.#ratio), 0), Math.max(0, this.#total - 1));
  }

  #range() {
    const first = this.#first();
    return [Math.max(0, first - Overscan), Math.min(this.#total, first + this.#visible() + Overscan)];
  }

  #size() {
    this.#body.style.height = `${this.#height}px`;
    this.#box.setAttribute("aria-rowcount", this.#total + 1);
    this.#request();
  }

  #scrollTo(row) {
    this.#box.scrollTop = this.#ratio === 0 ? 0 : Math.ceil(Math.max(0, row) / this.#ratio);
  }

  #request() {
    if (this.#frame === 0)
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#render();
      });
  }

  #render() {
    // What is read of the layout is read before anything changes: after that, reading makes the browser lay out once more.
    const scrolled = this.#box.scrollTop;
    const first = this.#first();
    const visible = this.#visible();
    const [from, to] = this.#range();
    const items = [];
    for (let at = from; at < to; at++) {
      const page = Math.floor(at / PageSize);
      const kept = this.#pages.get(page);
      if (!kept) {
        this.#load(page);
        continue;
      }
      kept.used = performance.now();
      const item = kept.rows[at - page * PageSize];
      if (item) items.push([at, item]);
    }

    const shown = `${items.map(([at]) => at).join()}|${first}|${this.#generation}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#place(first, scrolled);
    for (const [at, item] of items) {
      if (item.at !== at) {
        item.row.dataset.at = at;
        item.row.setAttribute("aria-rowindex", at + 2);
      }
      if (item.at !== at || item.base !== this.#base) item.row.style.top = `${(at - this.#base) * this.#rowHeight}px`;
      item.at = at;
      item.base = this.#base;
    }
    const wanted = new Set(items.map(([, item]) => item.row));
    for (const row of [...this.#window.children]) if (!wanted.has(row)) row.remove();
    for (const [, { row }] of items) if (row.parentNode !== this.#window) this.#window.append(row);
    this.#inView = items.filter(([at]) => at >= first && at <= first + visible).map(([, item]) => item);
    if (this.#isFocusDue) this.#focus();
    this.#bars();
  }

  // Rows lie where the scrolled box shows the first one: below the greatest height, that is their own place.
  #place(first, scrolled) {
    const moves = this.#ratio > 0 && this.#total * this.#rowHeight > MaxHeight;
    if (!moves) this.#base = 0;
    else if (Math.abs(first - this.#base) * this.#rowHeight > MaxTop) this.#base = first;
    this.#window.classList.toggle("moves", moves);
    this.#window.style.transform = moves ? `translateY(${scrolled - (first - this.#base) * this.#rowHeight}px)` : "";
  }

  #focus() {
    const link = this.#body.querySelector(`[data-at="${this.#selected}"] a`);
    if (!link) return; // Its page is on its way.
    link.focus({ preventScroll: true });
    this.#isFocusDue = false;
  }

  // The waterfall: the time that the rows in view span. Rows that come into view meanwhile are shown by the span before.
  #bars(isDue = false) {
    if (this.#inView.length === 0) return;
    const wait = this.#barsAt + BarsInterval - performance.now();
    const isNew = isDue || wait <= 0 || this.#span === null;
    if (isNew) this.#measure();
    else if (this.#barsDue === 0) this.#barsDue = setTimeout(() => this.#bars(true), wait);
    for (const item of this.#inView) {
      if (item.span === this.#span) continue;
      item.span = this.#span;
      const { from, whole, now } = this.#span;
      item.bar.style.left = `${Math.min(Math.max(((item.start - from) / whole) * 100, 0), 99.5)}%`;
      item.bar.style.width = `${((this.#end(item, now) - item.start) / whole) * 100}%`;
      if (item.length === null && this.#box.dataset.running) item.row.querySelector(".age").textContent = age(now - item.start);
    }
    if (isNew) this.#box.querySelector("[data-axis]").textContent = `${age(this.#span.whole)} in view`;
  }

  #measure() {
    clearTimeout(this.#barsDue);
    this.#barsDue = 0;
    this.#barsAt = performance.now();
    const now = Date.now() * 1000 - Number(this.#box.dataset.start);
    const from = Math.min(...this.#inView.map(item => item.start));
    this.#span = { from, whole: Math.max(1, Math.max(...this.#inView.map(item => this.#end(item, now))) - from), now };
  }

  #end({ start, length }, now) {
    return length === null ? Math.max(start, this.#box.dataset.running ? now : start) : start + length;
  }

  async #load(page, isAgain = false) {
    if (this.#asked.has(page)) return this.#asked.get(page);
    const generation = this.#generation;
    const loading = this.#fetch(page, generation, isAgain);
    this.#asked.set(page, loading);
    try {
      await loading;
    } finally {
      if (this.#asked.get(page) === loading) this.#asked.delete(page);
    }
  }

  async #fetch(page, generation, isAgain) {
    const known = Math.max(...[...this.#cursors.keys()].filter(number => number <= page));
    const address = new URL(this.#box.dataset.list, location.href);
    address.searchParams.set("after", this.#cursors.get(known));
    address.searchParams.set("skip", (page - known) * PageSize);
    if (isAgain) address.searchParams.set("count", "1");
    let response;
    try {
      response = await fetch(address);
    } catch {
      return;
    }
    if (!response.ok || generation !== this.#generation) return;
    const total = response.headers.get("km-total");
    const rows = [...new DOMParser().parseFromString(await response.text(), "text/html").body.children];
    this.#keep(page, rows);
    if (total !== null && Number(total) !== this.#total) {
      this.#total = Number(total);
      this.#size();
    }
    this.#shown = "";
    this.#request();
  }

  #keep(page, rows) {
    const items = rows.map(row => ({
      row,
      bar: row.querySelector(".track i"),
      start: Number(row.dataset.start),
      length: row.dataset.length === "" ? null : Number(row.dataset.length),
    }));
    this.#pages.set(page, { rows: items, used: performance.now() });
    const last = rows.at(-1)?.dataset.id;
    if (last && rows.length === PageSize) this.#cursors.set(page + 1, Number(last));
    if (this.#pages.size <= MaxKept) return;
    const [oldest] = [...this.#pages].sort((a, b) => a[1].used - b[1].used)[0];
    this.#pages.delete(oldest);
  }
}

function age(microseconds) {
  const seconds = microseconds / 1e6;
  if (seconds < 0.01) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}
