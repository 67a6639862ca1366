// A list of calls of any length: only the rows in view are in the page. Rows come from the server as HTML, in pages; each page knows the call
// after which the next one begins, so that reading on is one step of an index, and a jump counts from the nearest page that is known.

const PageSize = 100;
const MaxKept = 40;
const Overscan = 8;
// Browsers cannot show boxes that are much higher.
const MaxHeight = 8_000_000;

export class CallList {
  #box;
  #body;
  #total;
  #rowHeight;
  #pages = new Map(); // number of a page -> { rows, last, used }
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
    const first = [...this.#body.children];
    if (first.length > 0) this.#keep(0, first);
    box.addEventListener("scroll", () => this.#request(), { passive: true });
    new ResizeObserver(() => this.#request()).observe(box);
    this.#size();
    const wanted = Number(new URLSearchParams(location.search).get("at") ?? history.state?.at ?? 0);
    if (wanted > 0) this.#scrollTo(wanted);
    setInterval(() => this.#bars(), 1000);
  }

  // Moves the selection by rows, and brings it into view.
  move(step) {
    if (this.#total === 0) return;
    const focused = document.activeElement?.closest?.("[role=row][data-at]");
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
    const [from, to] = this.#range();
    const rows = [];
    for (let at = from; at < to; at++) {
      const page = Math.floor(at / PageSize);
      const kept = this.#pages.get(page);
      if (!kept) {
        this.#load(page);
        continue;
      }
      kept.used = performance.now();
      const row = kept.rows[at - page * PageSize];
      if (row) rows.push([at, row]);
    }

    const first = this.#first();
    const shown = `${rows.map(([at]) => at).join()}|${first}|${this.#generation}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    // Rows lie where the scrolled box shows the first one: below the greatest height, that is their own place.
    const top = this.#ratio > 0 && this.#total * this.#rowHeight > MaxHeight ? this.#box.scrollTop - first * this.#rowHeight : 0;
    for (const [at, row] of rows) {
      row.style.top = `${top + at * this.#rowHeight}px`;
      row.dataset.at = at;
      row.setAttribute("aria-rowindex", at + 2);
    }
    const wanted = new Set(rows.map(([, row]) => row));
    for (const row of [...this.#body.children]) if (!wanted.has(row)) row.remove();
    for (const [, row] of rows) if (row.parentNode !== this.#body) this.#body.append(row);
    if (this.#isFocusDue) this.#focus();
    this.#bars();
  }

  #focus() {
    const link = this.#body.querySelector(`[data-at="${this.#selected}"] a`);
    if (!link) return; // Its page is on its way.
    link.focus({ preventScroll: true });
    this.#isFocusDue = false;
  }

  // The waterfall: the time that the rows in view span.
  #bars() {
    const rows = [...this.#body.querySelectorAll("[role=row]")].filter(row => {
      const top = Number.parseFloat(row.style.top) - this.#box.scrollTop;
      return top > -this.#rowHeight && top < this.#box.clientHeight;
    });
    if (rows.length === 0) return;
    const now = Date.now() * 1000 - Number(this.#box.dataset.start);
    const spans = rows.map(row => {
      const start = Number(row.dataset.start);
      const length = row.dataset.length === "" ? null : Number(row.dataset.length);
      return { row, start, end: length === null ? Math.max(start, this.#box.dataset.running ? now : start) : start + length };
    });
    const from = Math.min(...spans.map(span => span.start));
    const whole = Math.max(1, Math.max(...spans.map(span => span.end)) - from);
    for (const { row, start, end } of spans) {
      const bar = row.querySelector(".track i");
      bar.style.left = `${Math.min(((start - from) / whole) * 100, 99.5)}%`;
      bar.style.width = `${((end - start) / whole) * 100}%`;
      if (row.dataset.length === "" && this.#box.dataset.running) row.querySelector(".age").textContent = age(now - start);
    }
    this.#box.querySelector("[data-axis]").textContent = `${age(whole)} in view`;
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
    this.#pages.set(page, { rows, used: performance.now() });
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
