// The trainers' inbox: the next group lies ready, so that an answer takes no waiting; words are chosen and marked.
"use strict";

(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const inbox = $("[data-inbox]");

  // --- words: <div data-annotated> holds what is shown, the buttons of the entities, and the text as it is learnt

  const ENTITY = /\[([^\]]*)\]\(([^)]*)\)/g;
  let marking = false;
  const labels = Object.fromEntries($$("[data-entity]").map((button) => [button.dataset.entity, button.dataset.label]));

  function read(text) {
    // [{words, entity}] of 'no water [eTete](location)'
    const pieces = [];
    let at = 0;
    for (const match of text.matchAll(ENTITY)) {
      pieces.push({ text: text.slice(at, match.index), entity: "" }, { text: match[1], entity: match[2] });
      at = match.index + match[0].length;
    }
    pieces.push({ text: text.slice(at), entity: "" });
    return pieces.filter((piece) => piece.text);
  }

  function tokens(text) {
    // Every word with its entity and the number of the mark that it belongs to.
    return read(text).flatMap((piece, mark) => piece.text.split(/(\s+)/).filter(Boolean).map((part) => ({ part, space: !part.trim(), entity: piece.entity, mark })));
  }

  function write(parts) {
    let text = "", at = 0;
    while (at < parts.length) {
      const { entity, mark } = parts[at];
      let end = at;
      while (end < parts.length && parts[end].entity === entity && parts[end].mark === mark) end += 1;
      const said = parts.slice(at, end).map((part) => part.part).join("");
      const [, before, words, after] = said.match(/^(\s*)([^]*?)(\s*)$/);
      text += entity && words ? `${before}[${words}](${entity})${after}` : said;
      at = end;
    }
    return text;
  }

  function show(field, focus = -1) {
    const place = $("[data-words]", field), area = $("textarea", field);
    const parts = tokens(area.value);
    place.textContent = "";
    place.setAttribute("role", "group");
    let number = 0;
    parts.forEach((part, index) => {
      if (part.space) { place.append(" "); return; }
      const word = document.createElement("button");
      word.type = "button";
      word.className = part.entity ? "word marked" : "word";
      word.textContent = part.part;
      word.dataset.at = index;
      word.setAttribute("aria-pressed", "false");
      word.tabIndex = number === Math.max(focus, 0) ? 0 : -1;
      place.append(word);
      const next = parts.slice(index + 1).find((other) => !other.space);
      if (part.entity && (!next || next.mark !== part.mark)) {
        const what = document.createElement("span");
        what.className = "what";
        what.textContent = labels[part.entity] || part.entity;
        place.append(what);
      }
      number += 1;
    });
    if (focus >= 0) $$("button.word", place)[Math.min(focus, number - 1)]?.focus();
    $("[data-entities]", field).hidden = true;
  }

  const chosen = (field) => $$("button.word[aria-pressed=true]", field);

  function choose(field, word, on = word.getAttribute("aria-pressed") !== "true") {
    word.setAttribute("aria-pressed", String(on));
    $("[data-entities]", field).hidden = !chosen(field).length;
  }

  function mark(field, entity) {
    const words = chosen(field);
    if (!words.length) return;
    const area = $("textarea", field), all = $$("button.word", field);
    const from = Number(words[0].dataset.at), to = Number(words.at(-1).dataset.at);
    const parts = tokens(area.value);
    const old = new Set(parts.slice(from, to + 1).filter((part) => part.entity).map((part) => part.mark));
    parts.forEach((part, index) => {
      if (index >= from && index <= to) { part.entity = entity; part.mark = entity ? "new" : "none"; }
      else if (old.has(part.mark)) { part.entity = ""; part.mark = "none"; }
    });
    const at = all.indexOf(words.at(-1));
    area.value = write(parts);
    show(field, at);
    marking = true;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    marking = false;
  }

  function prepare(within) {
    for (const field of $$("[data-annotated]", within)) {
      show(field);
      // At every letter: what moves only when the field is left would move the button under the pointer.
      $("textarea", field).addEventListener("input", () => { if (!marking) show(field); });
    }
  }

  document.addEventListener("click", (event) => {
    const word = event.target.closest("button.word"), entity = event.target.closest("[data-entity]");
    if (word) {
      const field = word.closest("[data-annotated]"), before = chosen(field);
      if (event.shiftKey && before.length) {
        const all = $$("button.word", field);
        const [low, high] = [all.indexOf(before[0]), all.indexOf(word)].sort((one, other) => one - other);
        all.slice(low, high + 1).forEach((one) => choose(field, one, true));
      } else choose(field, word);
    }
    if (entity) mark(entity.closest("[data-annotated]"), entity.dataset.entity);
    const quick = event.target.closest("[data-class]");
    if (quick) setClass(quick.closest("form"), quick.dataset.class);
    if (event.target.closest("[data-mark]")) $("button.word[tabindex='0']", event.target.closest("form"))?.focus();
  });

  // Within the words the letters mean entities; capture, so that the page's own keys do not see them.
  document.addEventListener("keydown", (event) => {
    const word = event.target.closest?.("button.word");
    const ready = event.target.matches?.("[data-answer] select, [data-group]") || event.target === document.body;
    if (event.key === "Enter" && inbox && ready && !event.ctrlKey && !$("dialog[open]")) {
      const form = event.target.form || $("[data-group]:not([hidden]) [data-answer]", inbox);
      if (form) { event.preventDefault(); form.requestSubmit($("[value=save]", form)); }
      return;
    }
    if (!word || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = word.closest("[data-annotated]"), all = $$("button.word", field), at = all.indexOf(word);
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    const letter = $(`[data-letter="${CSS.escape(event.key)}"]`, field);
    if (by) {
      const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
      if (event.shiftKey) { choose(field, word, true); choose(field, next, true); }
      all.forEach((one) => { one.tabIndex = one === next ? 0 : -1; });
      next.focus();
    } else if (event.key === "Escape") {
      chosen(field).forEach((one) => choose(field, one, false));
      word.blur();
    } else if (letter && (chosen(field).length || event.key !== "0")) {
      if (!chosen(field).length) choose(field, word, true);
      mark(field, letter.dataset.entity);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  function setClass(form, name) {
    form.elements.class.value = name;
    form.elements.class.setCustomValidity("");
    classChanged(form);
  }

  function classChanged(form) {
    for (const button of $$("[data-class]", form)) button.setAttribute("aria-pressed", String(button.dataset.class === form.elements.class.value));
  }

  document.addEventListener("change", (event) => { if (event.target.matches("[data-answer] [name=class]")) classChanged(event.target.form); });

  // What is missing is said in the page's language, not in the browser's.
  document.addEventListener("invalid", (event) => event.target.setCustomValidity(event.target.dataset.missing || ""), true);
  document.addEventListener("input", (event) => event.target.setCustomValidity?.(""));

  prepare(document);
  if (!inbox) return;

  // --- answers: the next group is shown at once, and the answer is sent behind it; one after another ---------------

  let sending = Promise.resolve();
  const unsaved = new Set(); // groups whose answers are on their way: answered here, still open there
  const groups = () => $$("[data-group]", inbox);
  const empty = $("[data-empty]", inbox);

  for (const form of $$("[data-answer]", inbox)) form.setAttribute("data-by-script", "");

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-undo]") && unsaved.size) {
      event.preventDefault();
      event.stopImmediatePropagation();
      sending.then(() => form.requestSubmit());
      return;
    }
    if (!form.matches("[data-answer]")) return;
    event.preventDefault();
    const group = form.closest("[data-group]");
    const fields = new FormData(form);
    fields.set("script", "1");
    fields.set("deed", event.submitter?.value || "save");
    group.remove();
    $("[data-told-bad]", inbox).hidden = true;
    reveal();
    unsaved.add(group.dataset.group);
    sending = sending.then(() => send(form.action, fields, group)).finally(reveal);
  }, true);

  async function send(action, fields, group) {
    // What lies here by now: the answer fills up what was used meanwhile.
    for (const other of groups()) fields.append("beside", other.dataset.group);
    for (const other of unsaved) fields.append("unsaved", other);
    try {
      const answer = await fetch(action, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "text/html" }, redirect: "manual" });
      if (answer.status === 401 || answer.status === 403 || answer.type === "opaqueredirect") { location.reload(); return; }
      if (!answer.ok && answer.status !== 422) throw new Error(String(answer.status));
      unsaved.delete(group.dataset.group);
      take(await answer.text(), answer.status === 422);
    } catch {
      unsaved.delete(group.dataset.group);
      const told = $("[data-told-bad]", inbox);
      told.textContent = inbox.dataset.lost;
      told.hidden = false;
      put(group, true);
    }
  }

  function take(html, refused) {
    const come = new DOMParser().parseFromString(html, "text/html");
    if (!refused) {
      $("[data-count]", inbox).innerHTML = $("[data-count]", come).innerHTML;
      $("[data-new]", inbox).dataset.from = $("[data-new]", come).dataset.from;
      $("[data-new]", inbox).textContent = "";
    }
    for (const group of $$("[data-group]", come)) {
      if ($(`[data-group="${group.dataset.group}"]`, inbox)) continue;
      put(document.importNode(group, true), refused);
    }
    reveal();
  }

  function put(group, first) {
    if (first) for (const other of groups()) other.hidden = true;
    $("[data-answer]", group).setAttribute("data-by-script", "");
    if (first) inbox.insertBefore(group, groups()[0] || empty); else inbox.insertBefore(group, empty);
    prepare(group);
    if (first) { group.hidden = false; $("[aria-invalid=true]", group)?.focus(); }
  }

  // --- what came in meanwhile is told, and laid behind the group that is before them when they ask for it ----------

  inbox.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-show-new]");
    if (!button) return;
    button.disabled = true;
    const beside = new URLSearchParams([...groups().map((group) => group.dataset.group), ...unsaved].map((id) => ["beside", id]));
    const answer = await fetch(`/desk/training/inbox/_next?${beside}`, { headers: { Accept: "text/html" }, cache: "no-store" }).catch(() => null);
    if (!answer?.ok) { button.disabled = false; return; }
    const behind = groups()[1];
    take(await answer.text(), false);
    const newest = groups().at(-1);
    if (behind && newest !== behind) inbox.insertBefore(newest, behind);
    groups()[0]?.focus({ preventScroll: true });
  });

  function reveal() {
    const [first, ...rest] = groups();
    if (first?.hidden) {
      first.hidden = false;
      first.focus({ preventScroll: true });
    }
    for (const other of rest) other.hidden = true;
    empty.hidden = Boolean(first) || unsaved.size > 0;
  }

  groups()[0]?.focus({ preventScroll: true });
  window.addEventListener("beforeunload", (event) => { if (unsaved.size) event.preventDefault(); });
})();
