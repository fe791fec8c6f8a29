// Needlewise's own script: each journey works without it and is a little quicker with it.
// It adds no markup that the server does not know, and sets no styles (the content policy forbids inline ones).
(() => {
  "use strict";

  /** A form that failed: put the reader at the summary of errors. */
  function focusErrors(root) {
    const summary = root.querySelector("[data-error-summary]");
    if (summary) {
      summary.focus();
    }
  }

  /** Menus made of <details> close on Escape and on a press elsewhere. */
  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (menu !== except) {
        menu.open = false;
      }
    }
  }

  /** What only a script can do is shown by it. */
  function showButtons(root) {
    for (const button of root.querySelectorAll("[data-dismiss], [data-copy]")) {
      button.hidden = false;
    }
  }

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details[data-menu]"));

    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) {
      dismiss.closest("[data-dismissable]")?.remove();
    }

    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      const said = copy.dataset.copied;
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        if (said) {
          copy.textContent = said;
        }
      });
    }
  });

  // Selects marked data-autosubmit send their form at once; the button beside them stays for everyone else.
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-autosubmit]") && field.form) {
      field.form.requestSubmit();
    }
  });

  /** A form of photos: what was chosen, with the first photo of the chosen pose faintly over it. */
  function layOver(form) {
    const box = form.querySelector("[data-overlay]");
    const file = [...form.querySelectorAll('input[type="file"]')].map((field) => field.files[0]).find(Boolean);
    if (!box || !file || !file.type.startsWith("image/")) {
      return;
    }
    const pose = form.querySelector('[name="pose"]:checked')?.value;
    const first = [...document.querySelectorAll("[data-first]")].find((one) => one.dataset.pose === pose);
    const [shown, over] = box.querySelectorAll("img");
    const reader = new FileReader();
    shown.onload = () => {
      box.hidden = false;
    };
    shown.onerror = () => {
      box.hidden = true; // a kind that this browser does not show, such as HEIC
    };
    reader.onload = () => {
      shown.src = reader.result;
    };
    reader.readAsDataURL(file);
    over.hidden = !first;
    form.querySelector("[data-overlay-words]").hidden = !first;
    if (first) {
      over.src = first.dataset.first;
    }
  }

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-photo-form]")) {
      layOver(form);
    }
  });

  /** A select marked data-fits="field" offers what fits the value chosen there, and everything while none is chosen. */
  function fitOptions(select) {
    const chosen = select.form?.querySelector(`[name="${select.dataset.fits}"]:checked`)?.value;
    for (const option of select.querySelectorAll("option[data-for]")) {
      const fits = !chosen || option.dataset.for.split(" ").includes(chosen);
      option.hidden = !fits;
      option.disabled = !fits;
      if (!fits && option.selected) {
        select.value = "";
      }
    }
  }
  for (const select of document.querySelectorAll("select[data-fits]")) {
    fitOptions(select);
    select.form?.addEventListener("change", (event) => {
      if (event.target.name === select.dataset.fits) {
        fitOptions(select);
      }
    });
  }

  for (const copy of document.querySelectorAll("[data-copy]")) {
    copy.hidden = !navigator.clipboard;
  }

  // A press sends a form once: the second press of an impatient finger does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) {
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-sent]");
    if (form) {
      delete form.dataset.sent;
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    showButtons(event.target);
    focusErrors(event.target);
  });

  // ---- command palette: the workspace's own links, found by typing ----
  const palette = document.querySelector("dialog[data-palette]");

  function setUpPalette() {
    const field = palette.querySelector("input");
    const options = [...palette.querySelectorAll("[role=option]")];
    const none = palette.querySelector("[data-none]");
    let at = 0;

    const shown = () => options.filter((option) => !option.hidden);

    function mark(index) {
      const visible = shown();
      at = visible.length ? (index + visible.length) % visible.length : 0;
      for (const option of options) {
        option.setAttribute("aria-selected", String(option === visible[at]));
      }
      if (visible[at]) {
        field.setAttribute("aria-activedescendant", visible[at].id);
        visible[at].scrollIntoView({ block: "nearest" });
      } else {
        field.removeAttribute("aria-activedescendant");
      }
      none.hidden = visible.length > 0;
    }

    function sift() {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const option of options) {
        const text = option.textContent.toLowerCase();
        option.hidden = !words.every((word) => text.includes(word));
      }
      mark(0);
    }

    function go(option) {
      if (option) {
        palette.close();
        window.location.assign(option.dataset.href);
      }
    }

    field.addEventListener("input", sift);
    field.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        mark(at + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter") {
        event.preventDefault();
        go(shown()[at]);
      }
    });
    palette.addEventListener("click", (event) => {
      if (event.target === palette) {
        palette.close();
      }
      go(event.target.closest("[role=option]"));
    });
    for (const opener of document.querySelectorAll("[data-open-palette]")) {
      opener.hidden = false;
      opener.addEventListener("click", open);
    }

    function open() {
      field.value = "";
      sift();
      palette.showModal();
    }
    return open;
  }

  // Shortcuts of one letter can be switched off (WCAG 2.1.4): a button with data-keys-switch, told by aria-pressed.
  const KEYS = "needlewise-keys";
  const keysOn = () => localStorage.getItem(KEYS) !== "off";
  for (const keysSwitch of document.querySelectorAll("[data-keys-switch]")) {
    keysSwitch.hidden = false;
    keysSwitch.setAttribute("aria-pressed", String(keysOn()));
    keysSwitch.addEventListener("click", () => {
      localStorage.setItem(KEYS, keysOn() ? "off" : "on");
      keysSwitch.setAttribute("aria-pressed", String(keysOn()));
    });
  }

  /** Puts the reader at the next (j) or the previous (k) link of the page's list. */
  function stepThrough(event) {
    const step = { j: 1, k: -1 }[event.key];
    const away = event.target.closest?.("input, select, textarea, [contenteditable], dialog");
    if (!step || away || !keysOn() || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const links = [...document.querySelectorAll("[data-steps] th a")];
    const at = links.indexOf(document.activeElement);
    links[at === -1 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
  }

  const openPalette = palette ? setUpPalette() : null;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = document.querySelector("details[data-menu][open]");
      if (open) {
        open.open = false;
        open.querySelector("summary")?.focus();
      }
    }
    if (openPalette && event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      openPalette();
    }
    // Lists marked data-steps are walked by j and k, a link a row.
    stepThrough(event);
    // Shortcuts of a page: an element with data-key="a" is pressed by that key when nobody is typing.
    const typing = event.target.closest?.("input, select, textarea, [contenteditable], dialog");
    if (keysOn() && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && /^[a-z0-9/]$/i.test(event.key)) {
      const target = document.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
      if (target) {
        event.preventDefault();
        target.focus();
        if (!target.matches("input, select, textarea")) {
          target.click();
        }
      }
    }
  });

  // ---- what is left of a held time: counted, said at few moments, and at its end another part is shown ----
  const SAID_AT = [300, 120, 60];

  /** The seconds left are the server's: when the page came, and whenever it is looked at again. */
  function countDown(box) {
    const count = box.querySelector("[data-count]");
    const said = box.querySelector("[data-said]");
    let end = performance.now() + Number(box.dataset.countdown) * 1000;
    let before = Number(box.dataset.countdown) + 1;

    function tick() {
      const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      count.textContent = `(${box.dataset.left.replace("{time}", clock)})`;
      const crossed = SAID_AT.filter((moment) => left <= moment && before > moment).pop();
      if (crossed && left > 0) {
        said.textContent = crossed === 60 ? box.dataset.minute : box.dataset.minutes.replace("{n}", String(crossed / 60));
      }
      before = left;
      if (left === 0) {
        finish();
      }
    }

    function finish() {
      clearInterval(timer);
      for (const [event, target] of LOOKED_AT) {
        target.removeEventListener(event, check);
      }
      box.querySelector("[data-line]").classList.replace("nw-tint-info", "nw-tint-caution");
      for (const part of box.querySelectorAll("[data-holding], [data-ended]")) {
        part.hidden = "holding" in part.dataset;
      }
      said.textContent = box.dataset.over;
    }

    /** Another tab may have given the time up; where the server cannot be asked, the count goes on. */
    async function check() {
      if (document.hidden) {
        return;
      }
      try {
        const answer = await fetch(box.dataset.check);
        if (answer.ok) {
          end = performance.now() + (await answer.json()).seconds_left * 1000;
          tick();
        }
      } catch {
        // no connection for now
      }
    }

    const LOOKED_AT = [
      ["visibilitychange", document],
      ["focus", window],
      ["pageshow", window],
    ];
    for (const [event, target] of LOOKED_AT) {
      target.addEventListener(event, check);
    }
    const timer = setInterval(tick, 1000);
    tick();
  }
  for (const box of document.querySelectorAll("[data-countdown]")) {
    countDown(box);
  }

  showButtons(document);
  focusErrors(document);
})();
