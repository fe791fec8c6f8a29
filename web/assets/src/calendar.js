// The clinic's calendar: visits are moved by dragging or by keys, and the days are fetched again when something changed
// on them. Nothing is changed here: a move is proposed by the server, and made by its form. No styles are set; where a
// block stands is a class, as everywhere on this page.

const ROW_MINUTES = 5;
const DRAG_AFTER = 6;
const QUIET = 400;
const RETRY = 60_000;
const LOOK_AGAIN = 5_000;

const days = document.querySelector("[data-calendar]");
const dialog = document.querySelector("dialog[data-move-dialog]");
const said = document.querySelector("[data-live]");

const clock = (minute) =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

// ---- a move: one block at a time, by pointer or by keys ----

let move = null;
let stale = false;

/** What a move knows of its block: the grid, the columns, where it began. */
class Move {
  constructor(block) {
    this.block = block;
    this.grid = block.closest("[data-grid]");
    this.columns = [...this.grid.querySelectorAll("[data-day]")];
    this.first = Number(this.grid.dataset.first);
    this.rows = Number(this.grid.dataset.rows);
    this.step = Number(this.grid.dataset.step);
    this.length = [...block.classList].map((name) => name.match(/^row-span-(\d+)$/)).find(Boolean)?.[1] ?? "1";
    this.before = Number(block.dataset.before);
    this.home = this.columns.indexOf(block.closest("[data-day]"));
    this.began = Number(block.dataset.from) - this.before;
    this.column = this.home;
    this.start = this.began;
    this.ghost = null;
  }

  get moved() {
    return this.column !== this.home || this.start !== this.began;
  }

  /** The copy that shows where it would be. */
  show() {
    if (!this.ghost) {
      this.ghost = this.block.cloneNode(true);
      this.ghost.classList.add("nw-cal-ghost");
      this.ghost.setAttribute("aria-hidden", "true");
      this.ghost.tabIndex = -1;
      for (const name of ["data-move", "href", "aria-keyshortcuts"]) {
        this.ghost.removeAttribute(name);
      }
      this.block.dataset.leaving = "";
      this.grid.dataset.moving = "";
    }
    const drawn = clamp(this.start + this.before, this.first, this.first + (this.rows - 1) * ROW_MINUTES);
    const row = Math.floor((drawn - this.first) / ROW_MINUTES) + 1;
    this.ghost.className = this.ghost.className
      .split(" ")
      .filter((name) => !/^(row-start|col-start|col-span)-/.test(name))
      .concat(`row-start-${row}`, "col-start-1", "col-span-12")
      .join(" ");
    const time = this.ghost.querySelector(".nw-num");
    if (time) {
      time.textContent = clock(drawn);
    }
    this.columns[this.column].append(this.ghost);
    this.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Another column and another start, on the minutes on which visits begin. */
  put(column, start) {
    const low = Math.ceil(this.first / this.step) * this.step;
    const high = this.first + this.rows * ROW_MINUTES - Number(this.length) * ROW_MINUTES - this.before;
    this.column = clamp(column, 0, this.columns.length - 1);
    this.start = clamp(Math.round(start / this.step) * this.step, low - this.before, high);
    this.show();
  }

  words() {
    return `${this.block.dataset.client}: ${clock(this.start)}, ${this.columns[this.column].dataset.name}`;
  }

  /** The address at which the server says what the move would do. */
  href() {
    const to = this.columns[this.column].dataset;
    const query = new URLSearchParams({ on: to.day, at: clock(this.start), back: days.dataset.at });
    const stays = "stays" in this.block.dataset;
    if (to.thing && !stays) {
      const [name, value] = to.thing.split("=");
      query.set(name, value);
    }
    return `${this.block.dataset.move}?${query}`;
  }

  end() {
    this.ghost?.remove();
    delete this.block.dataset.leaving;
    delete this.grid.dataset.moving;
  }
}

function leave(words) {
  if (!move) {
    return;
  }
  const { block } = move;
  move.end();
  move = null;
  if (block.isConnected) {
    block.focus();
  }
  if (words) {
    say(words);
  }
  if (stale) {
    look();
  }
}

function say(words) {
  said.textContent = words;
}

async function propose(href) {
  try {
    const answer = await fetch(`${href}&part=move`, { credentials: "same-origin", redirect: "follow" });
    const html = await answer.text();
    const part = new DOMParser().parseFromString(html, "text/html").querySelector("[data-proposal]");
    if (!part) {
      throw new Error("not a proposal");
    }
    dialog.replaceChildren(document.adoptNode(part));
    if (!dialog.open) {
      dialog.showModal();
    }
    dialog.querySelector("form button, [data-dialog-title]")?.focus();
  } catch {
    window.location.assign(href);
  }
}

dialog?.addEventListener("close", () => {
  dialog.replaceChildren();
  leave(days.dataset.left);
});
dialog?.addEventListener("click", (event) => {
  const nearby = event.target.closest("[data-propose]");
  if (nearby) {
    event.preventDefault();
    propose(nearby.href);
  } else if (event.target === dialog || event.target.closest("[data-leave]")) {
    event.preventDefault();
    dialog.close();
  }
});

// ---- by pointer; a finger scrolls, and moves by the list or the form ----

let pressed = null;
let dropped = false;

/** Column and minute under the pointer. */
function under(event, held) {
  const column = held.columns.findIndex((one) => {
    const box = one.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX < box.right;
  });
  const at = column === -1 ? held.column : column;
  const box = held.columns[at].getBoundingClientRect();
  const minute = held.first + ((event.clientY - box.top) / box.height) * held.rows * ROW_MINUTES;
  return [at, minute];
}

document.addEventListener("pointerdown", (event) => {
  const block = event.target.closest?.("[data-move]");
  if (!block || !block.closest("[data-grid]") || event.button !== 0 || event.pointerType === "touch" || move) {
    return;
  }
  const held = new Move(block);
  pressed = { held, x: event.clientX, y: event.clientY, id: event.pointerId, grip: 0 };
  pressed.grip = under(event, held)[1] - (held.start + held.before);
});

document.addEventListener("pointermove", (event) => {
  if (!pressed || event.pointerId !== pressed.id) {
    return;
  }
  const { held, x, y } = pressed;
  if (move !== held) {
    if (Math.hypot(event.clientX - x, event.clientY - y) < DRAG_AFTER) {
      return;
    }
    move = held;
  }
  const [column, minute] = under(event, held);
  held.put(column, minute - pressed.grip - held.before);
});

document.addEventListener("pointerup", (event) => {
  if (!pressed || event.pointerId !== pressed.id) {
    return;
  }
  const { held } = pressed;
  pressed = null;
  if (move === held) {
    dropped = true;
    setTimeout(() => {
      dropped = false;
    });
    if (held.moved) {
      propose(held.href());
    } else {
      leave();
    }
  }
});
document.addEventListener("pointercancel", () => {
  pressed = null;
  leave();
});
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.("[data-move]")) {
    event.preventDefault();
  }
});
// A drop is no press: the visit's page does not open.
document.addEventListener(
  "click",
  (event) => {
    if (dropped && event.target.closest?.("[data-grid]")) {
      event.preventDefault();
      event.stopPropagation();
    }
  },
  true,
);

// ---- by keys: M takes the visit in focus, arrows move it, Enter proposes, Escape leaves ----

const WAYS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

document.addEventListener(
  "keydown",
  (event) => {
    if (dialog?.open || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (!move) {
      const block = event.target.closest?.("[data-move]");
      if (block?.closest("[data-grid]") && event.key.toLowerCase() === "m") {
        event.preventDefault();
        move = new Move(block);
        move.show();
        say(days.dataset.taken.replace("{what}", move.words()));
      }
      return;
    }
    if (pressed) {
      if (event.key === "Escape") {
        pressed = null;
        leave(days.dataset.left);
      }
      return;
    }
    const way = WAYS[event.key];
    if (way) {
      move.put(move.column + way[0], move.start + way[1] * move.step);
      say(move.words());
    } else if (event.key === "Enter") {
      if (move.moved) {
        propose(move.href());
      } else {
        leave(days.dataset.left);
      }
    } else if (event.key === "Escape") {
      leave(days.dataset.left);
    } else if (event.key === "Tab") {
      leave();
      return;
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

// ---- what others do: the stream says on which days, the days are fetched again ----

const state = document.querySelector("[data-stream-state]");
let stream = null;
let since = days?.dataset.since ?? "";
let timer = 0;
let again = 0;
let looks = 0;

function tell(how) {
  state.hidden = false;
  state.textContent = state.dataset[how];
}

/** Fetches the days again, unless somebody is moving a visit on them or has a menu of them open. */
async function look() {
  if (move || dialog.open) {
    stale = true;
    return;
  }
  stale = false;
  clearTimeout(timer);
  const mine = ++looks;
  try {
    const answer = await fetch(days.dataset.part, { credentials: "same-origin", headers: { "X-Unattended": "1" } });
    if (answer.redirected) {
      tell("over");
      return;
    }
    if (!answer.ok) {
      throw new Error(`answered ${answer.status}`);
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== looks) {
      return; // a later look has, or will have, newer days
    }
    if (move || dialog.open) {
      stale = true;
      return;
    }
    swap(fresh.body);
    if (stream) {
      tell("on");
    }
  } catch {
    if (mine === looks) {
      tell("off");
      timer = setTimeout(look, LOOK_AGAIN);
    }
  }
}

/** The new days in place of the old ones; focus and what was scrolled stay where they were. */
function swap(body) {
  const grid = days.querySelector(".nw-cal");
  const at = grid ? [grid.scrollLeft, grid.scrollTop] : null;
  const focus = days.contains(document.activeElement) ? document.activeElement : null;
  const href = focus?.getAttribute("href");
  const inGrid = Boolean(focus?.closest(".nw-cal"));
  days.replaceChildren(...[...body.childNodes].map((node) => document.adoptNode(node)));
  const now = days.querySelector(".nw-cal");
  if (now && at) {
    [now.scrollLeft, now.scrollTop] = at;
  }
  if (focus) {
    const same = href && [...days.querySelectorAll("a")].filter((one) => one.getAttribute("href") === href);
    const target = same?.find((one) => Boolean(one.closest(".nw-cal")) === inGrid) ?? now ?? days;
    if (target === days) {
      days.tabIndex = -1;
    }
    target.focus({ preventScroll: true });
  }
}

function heard(event) {
  since = event.lastEventId || since;
  const what = JSON.parse(event.data);
  const shown = days.dataset.utcDays.split(" ");
  if (what.every || what.days.some((day) => shown.includes(day))) {
    clearTimeout(timer);
    timer = setTimeout(look, QUIET);
  }
}

function listen() {
  clearTimeout(again);
  if (stream || document.hidden) {
    return;
  }
  stream = new EventSource(`${days.dataset.changes}?${new URLSearchParams({ since })}`);
  stream.addEventListener("changed", heard);
  stream.addEventListener("open", () => tell("on"));
  stream.addEventListener("over", () => {
    hangUp();
    tell("over");
  });
  stream.addEventListener("error", () => {
    tell("off");
    // The browser comes back by itself, except after a refusal.
    if (stream?.readyState === EventSource.CLOSED) {
      hangUp();
      again = setTimeout(listen, RETRY);
    }
  });
}

function hangUp() {
  stream?.close();
  stream = null;
}

if (days && dialog) {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  // A page that nobody sees holds no connection; when it is looked at again, it asks what came meanwhile.
  document.addEventListener("visibilitychange", () => (document.hidden ? hangUp() : listen()));
  window.addEventListener("pagehide", hangUp);
  window.addEventListener("pageshow", (event) => event.persisted && listen());
  listen();
}
