// What every page of the desk does beside its HTML: live fragments, keys, confirmation, unsaved words.
// Pages work without it; nothing here knows of a topic. A topic's own module may use window.desk.
"use strict";

(() => {
  document.documentElement.classList.add("scripted");
  const words = JSON.parse(document.body.dataset.words || "{}");
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

  // --- fragments: <section data-live="chats" data-from="/desk/chats/_waiting"> ---------------------------------

  const fetching = new WeakMap();

  async function refresh(element) {
    // One fetch at a time; what changes meanwhile is fetched once more.
    if (fetching.has(element)) { fetching.set(element, "again"); return; }
    fetching.set(element, "now");
    try {
      const answer = await fetch(element.dataset.from, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (answer.status === 401) { toSignIn(); return; }
      if (answer.ok) swap(element, await answer.text());
    } catch { /* no connection: the stream says so, and everything is fetched again when it is back */ }
    const again = fetching.get(element) === "again";
    fetching.delete(element);
    if (again) refresh(element);
  }

  function swap(element, html) {
    // What somebody is writing or has opened in there is theirs: it waits until they are done.
    const playing = $$("audio", element).find((one) => !one.paused);
    if (playing) { playing.addEventListener("pause", () => refresh(element), { once: true }); return; } // or it would fall silent
    const typing = element.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), textarea, select");
    if (typing || $("[open]:is(dialog, details[data-keep])", element)) {
      element.addEventListener("focusout", () => setTimeout(() => refresh(element)), { once: true });
      return;
    }
    const focused = element.contains(document.activeElement) ? path(document.activeElement, element) : null;
    const scrolls = [element, ...$$("[data-scroll]", element)].map((part) => [part.id, part.scrollTop, atEnd(part)]);
    const at = [window.scrollX, window.scrollY];
    const marked = $(".here", element)?.id;
    element.innerHTML = html;
    for (const [id, top, end] of scrolls) {
      const part = id ? document.getElementById(id) : element;
      if (part) part.scrollTop = end && part.dataset.scroll === "end" ? part.scrollHeight : top;
    }
    if (marked) document.getElementById(marked)?.classList.add("here");
    if (focused) find(focused, element)?.focus({ preventScroll: true });
    window.scrollTo(...at);
    element.dispatchEvent(new CustomEvent("desk:swapped", { bubbles: true }));
  }

  const atEnd = (part) => part.scrollTop + part.clientHeight >= part.scrollHeight - 40;

  function path(element, root) {
    if (element.id) return { id: element.id };
    const href = element.getAttribute("href");
    if (href) return { selector: `[href="${CSS.escape(href)}"]` };
    const all = $$("a, button, input, select, textarea, [tabindex]", root);
    return { index: all.indexOf(element) };
  }

  function find(where, root) {
    if (where.id) return document.getElementById(where.id);
    if (where.selector) return $(where.selector, root);
    return $$("a, button, input, select, textarea, [tabindex]", root)[where.index];
  }

  // --- the stream --------------------------------------------------------------------------------------------

  let stream = null, wanted = "", wasLost = false, begun = false, hiddenTimer = 0;

  const live = () => $$("[data-live]");
  const topicsHere = () => [...new Set(live().flatMap((element) => element.dataset.live.split(/[\s,]+/)).filter(Boolean))].sort().join(",");

  function connect() {
    const topics = topicsHere();
    if (topics === wanted && stream) return;
    stream?.close();
    stream = null;
    wanted = topics;
    if (!topics || !window.EventSource) return;
    stream = new EventSource(`/desk/live?topics=${encodeURIComponent(topics)}`);
    stream.addEventListener("open", () => { if (wasLost) tell(words.back, 2000); wasLost = false; });
    stream.addEventListener("error", () => {
      wasLost = true;
      tell(words.offline);
      if (stream && stream.readyState === EventSource.CLOSED) {
        // Refused (signed out, or the server is starting): the browser would not try again by itself.
        stream = null;
        setTimeout(async () => {
          const answer = await fetch("/desk/_session").catch(() => null);
          if (answer && answer.status === 401) toSignIn(); else connect();
        }, 3000);
      }
    });
    stream.addEventListener("look", () => { if (begun) refreshAll(); else lookOnce(); begun = true; });
    stream.addEventListener("ended", () => { stream?.close(); stream = null; fetch("/desk/_session").then((a) => (a.status === 401 ? toSignIn() : connect()), () => setTimeout(connect, 3000)); });
    stream.addEventListener("changed", (event) => {
      const message = JSON.parse(event.data);
      const told = new CustomEvent("desk:changed", { detail: message, cancelable: true });
      document.dispatchEvent(told);
      if (told.defaultPrevented) return;
      for (const element of live()) {
        if (element.dataset.from && element.dataset.live.split(/[\s,]+/).includes(message.topic)) refresh(element);
      }
    });
  }

  // What changed after the page was made and before its server listened was told to nobody here.
  function lookOnce() {
    for (const element of live()) {
      if (element.dataset.from && element.dispatchEvent(new CustomEvent("desk:begun", { cancelable: true }))) refresh(element);
    }
  }

  function refreshAll() {
    for (const element of live()) if (element.dataset.from) refresh(element);
    document.dispatchEvent(new CustomEvent("desk:stale"));
  }

  function toSignIn() {
    leaving = true;
    location.href = `/desk/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  }

  // A browser has few connections to one server: a page that nobody looks at gives its own back after a while.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    if (document.hidden && !$("[data-live-always]")) {
      hiddenTimer = setTimeout(() => { stream?.close(); stream = null; wanted = ""; }, 60000);
    } else if (!document.hidden && !stream && topicsHere()) {
      connect();
      refreshAll();
    }
  });
  window.addEventListener("pagehide", () => { stream?.close(); stream = null; wanted = ""; });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { connect(); refreshAll(); } });

  let tellTimer = 0;
  function tell(text, milliseconds = 0) {
    const place = $("#connection");
    if (!place || !text) return;
    clearTimeout(tellTimer);
    place.textContent = text;
    place.hidden = false;
    if (milliseconds) tellTimer = setTimeout(() => { place.hidden = true; }, milliseconds);
  }

  // --- forms ---------------------------------------------------------------------------------------------------

  let leaving = false;
  const changed = new Set();

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-unsaved]");
    if (form) changed.add(form);
    const filters = event.target.closest?.("form[data-submit-on-change]");
    if (filters && event.target.matches("select, input[type=checkbox], input[type=radio]")) filters.requestSubmit();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      ask(question, event.submitter?.textContent.trim(), event.submitter?.classList.contains("danger")).then((yes) => {
        if (!yes) return;
        form.dataset.confirmed = "yes";
        form.requestSubmit(event.submitter ?? undefined);
        delete form.dataset.confirmed;
      });
      return;
    }
    if (event.defaultPrevented) return;
    if (form.method === "post" && form.dataset.sent) { event.preventDefault(); return; }
    changed.delete(form);
    if (form.method === "post" && !form.hasAttribute("data-by-script")) {
      form.dataset.sent = "yes"; // a second click sends nothing twice
      setTimeout(() => { delete form.dataset.sent; }, 4000);
    }
  });

  // For forms that a script sends: what was typed is kept now.
  const saved = (form) => changed.delete(form);

  window.addEventListener("beforeunload", (event) => {
    if (!leaving && [...changed].some((form) => form.isConnected)) event.preventDefault();
  });

  // On a small screen the menu scrolls: the page that one is on stays in sight.
  const here = $(".menu a[aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft - (here.parentElement.clientWidth - here.offsetWidth) / 2;

  // Fields with an error: the first one gets the focus.
  $("[aria-invalid=true]")?.focus();

  function ask(question, yes, danger) {
    return new Promise((settle) => {
      const dialog = document.createElement("dialog");
      const text = document.createElement("p");
      text.textContent = question;
      const actions = document.createElement("div");
      actions.className = "actions";
      const no = button(words.cancel || "Cancel", "");
      const go = button(yes || "OK", danger ? "danger" : "primary");
      actions.append(no, go);
      dialog.append(text, actions);
      document.body.append(dialog);
      const end = (answer) => { dialog.close(); dialog.remove(); settle(answer); };
      no.addEventListener("click", () => end(false));
      go.addEventListener("click", () => end(true));
      dialog.addEventListener("cancel", () => { dialog.remove(); settle(false); });
      dialog.showModal();
      (danger ? no : go).focus();
    });
  }

  function button(text, kind) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = kind;
    made.textContent = text;
    return made;
  }

  // <button data-open="dialog-id">, <button data-close> inside of it.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-open]");
    if (opener) document.getElementById(opener.dataset.open)?.showModal();
    if (event.target.closest?.("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target.closest?.("[data-show-keys]")) showKeys();
    if (event.target.closest?.("[data-print]")) window.print();
    for (const menu of $$("details.user[open], details.menu-button[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // --- keys: data-key="x" or data-key="g c" on a link, button or field ------------------------------------------

  let first = "", firstTimer = 0;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of $$("details.user[open], details.menu-button[open]")) { menu.open = false; $("summary", menu)?.focus(); }
      if (document.activeElement?.matches("input, textarea, select") && !$("dialog[open]")) document.activeElement.blur();
      return;
    }
    if (event.ctrlKey && event.key === "Enter") {
      const form = document.activeElement?.closest?.("form");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $("dialog[open]")) return;
    if (event.target.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]")) return;
    const key = event.key;
    if (key === "?") { event.preventDefault(); showKeys(); return; }
    if (key === "/") {
      const search = $("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select?.(); return; }
    }
    if ((key === "j" || key === "k") && move(key === "j" ? 1 : -1)) { event.preventDefault(); return; }
    if (key === "Enter" && document.activeElement === document.body) {
      const here = $("[data-list] .here a[href], [data-list] .here button");
      if (here) { event.preventDefault(); here.click(); return; }
    }
    const chord = first ? `${first} ${key}` : key;
    clearTimeout(firstTimer);
    first = "";
    const target = keyed().find((element) => element.dataset.key === chord);
    if (target) { event.preventDefault(); press(target); return; }
    if (keyed().some((element) => element.dataset.key.startsWith(`${key} `))) {
      first = key;
      firstTimer = setTimeout(() => { first = ""; }, 1500);
    }
  });

  const keyed = () => $$("[data-key]").filter((element) => element.isConnected && !element.disabled && !element.closest("[hidden]"));

  function press(element) {
    if (element.matches("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select")) element.focus(); else element.click();
  }

  // <tbody data-list> or <ul data-list>: j and k move through its rows; the first link of a row is what Enter opens.
  function move(by) {
    const rows = $$("[data-list] > :not([hidden])");
    if (!rows.length) return false;
    const now = rows.findIndex((row) => row.classList.contains("here"));
    const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by))];
    rows[now]?.classList.remove("here");
    next.classList.add("here");
    const link = $("a[href], button", next);
    (link || next).focus?.({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    next.dispatchEvent(new CustomEvent("desk:moved", { bubbles: true }));
    return true;
  }

  function showKeys() {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "keys-title");
    const title = document.createElement("h2");
    title.id = "keys-title";
    title.textContent = words.shortcuts || "Keys";
    const list = document.createElement("dl");
    list.className = "keys";
    const add = (keys, label) => {
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      for (const key of keys.split(" ")) { const kbd = document.createElement("kbd"); kbd.textContent = key; dt.append(kbd, " "); }
      dd.textContent = label;
      list.append(dt, dd);
    };
    const seen = new Set();
    for (const element of keyed()) {
      if (seen.has(element.dataset.key)) continue;
      seen.add(element.dataset.key);
      add(element.dataset.key, element.dataset.keyLabel || element.getAttribute("aria-label") || element.labels?.[0]?.textContent.trim() || element.textContent.trim());
    }
    if ($("[data-list]")) add("j k", words.move || "");
    if ($("[data-search]")) add("/", words.search || "");
    add("?", words.help || "");
    const actions = document.createElement("div");
    actions.className = "actions";
    const close = button(words.close || "Close", "primary");
    close.addEventListener("click", () => { dialog.close(); });
    dialog.addEventListener("close", () => dialog.remove());
    actions.append(close);
    dialog.append(title, list, actions);
    document.body.append(dialog);
    dialog.showModal();
    close.focus();
  }

  // <input type=checkbox data-all="name"> marks all of that name.
  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.all;
    if (name) for (const box of $$(`input[type=checkbox][name="${CSS.escape(name)}"]`)) box.checked = event.target.checked;
  });

  new MutationObserver(connect).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-live"] });
  connect();
  window.desk = { refresh, ask, tell, words, connect, saved };
})();
