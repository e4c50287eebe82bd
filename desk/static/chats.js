// The page of a chat: messages sent without leaving it, the count of SMS, who is typing, ready answers.
"use strict";

(() => {
  const $ = (selector, within = document) => within.querySelector(selector);

  // Ages grow and windows close without anybody's doing: such parts are fetched again after so many seconds.
  for (const part of document.querySelectorAll("[data-again]")) {
    setInterval(() => { if (!document.hidden) window.desk.refresh(part); }, part.dataset.again * 1000);
  }

  const page = $("#chat");
  if (!page) return;
  const thread = $("#thread"), form = $("#say"), text = $("#text"), typing = $("#typing");
  const toEnd = () => { thread.scrollTop = thread.scrollHeight; };
  toEnd();

  // --- older messages --------------------------------------------------------------------------------------

  thread.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-older]");
    if (!link) return;
    event.preventDefault();
    const answer = await fetch(link.href);
    if (!answer.ok) return;
    const height = thread.scrollHeight;
    link.parentElement.outerHTML = await answer.text();
    thread.scrollTop += thread.scrollHeight - height;
    thread.removeAttribute("data-from"); // who reads old messages keeps them; new ones come when the page is loaded
  });

  // --- what the person says now: fetched alone, and put below the rest ---------------------------------------

  const bubbles = () => thread.querySelectorAll(".bubble[id^=message-]");
  const newest = () => [...bubbles()].reduce((last, one) => Math.max(last, Number(one.id.slice(8))), 0);
  let asking = false, askAgain = false;

  async function hear() {
    if (asking) { askAgain = true; return; }
    const last = newest(), show = thread.dataset.from;
    if (!show) return;
    if (!last) { window.desk.refresh(thread); return; }
    asking = true;
    const answer = await fetch(`${show}?after=${last}`, { headers: { Accept: "text/html" }, cache: "no-store" }).catch(() => null);
    const words = answer?.ok ? await answer.text() : "";
    const atEnd = thread.scrollTop + thread.clientHeight >= thread.scrollHeight - 40;
    if (!answer?.ok || newest() !== last) window.desk.refresh(thread); // signed out, or the whole came meanwhile
    else thread.insertAdjacentHTML("beforeend", words);
    if (atEnd) toEnd();
    asking = false;
    if (askAgain) { askAgain = false; hear(); }
  }

  thread.addEventListener("desk:begun", (event) => { event.preventDefault(); hear(); });
  document.addEventListener("desk:changed", (event) => {
    if (!event.detail.said) return;
    event.preventDefault();
    hear();
    if (event.detail.topic.startsWith("chat:")) window.desk.refresh($("#state"));
  });

  // --- who has the chat --------------------------------------------------------------------------------------

  const holder = () => $("[data-holder]")?.dataset.holder;
  const first = holder();
  let held = first, going = false;
  // Whoever hands the chat back is on the way to the next page, which says so: loading this one would lose it.
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) going = true; });
  $("#state").addEventListener("desk:swapped", () => {
    if (going || holder() === held) return;
    held = holder();
    if (!text || !text.value.trim()) { location.reload(); return; }
    const fault = $("#text-fault"), lost = held !== first;
    fault.textContent = lost ? `${page.dataset.lostWords} ${$("#state").innerText.trim()}` : "";
    fault.hidden = !lost;
  });

  // --- typing ------------------------------------------------------------------------------------------------

  let shown = 0, told = 0;
  document.addEventListener("desk:changed", (event) => {
    const who = event.detail.typing;
    if (!who) { typing.textContent = ""; return; }
    event.preventDefault();
    if (who === page.dataset.me) return;
    typing.textContent = page.dataset.typingWords.replace("{name}", event.detail.name || who);
    clearTimeout(shown);
    shown = setTimeout(() => { typing.textContent = ""; }, 5000);
  });

  function tellTyping() {
    if (Date.now() - told < 4000) return;
    told = Date.now();
    const body = new URLSearchParams({ csrf: page.dataset.csrf });
    fetch(`/desk/chats/${page.dataset.chat}/typing`, { method: "POST", body }).catch(() => {});
  }

  // --- what it costs -----------------------------------------------------------------------------------------

  if (!form) return;
  const gsm = new Set(form.dataset.gsm), as = JSON.parse(form.dataset.as), twice = new Set("€[]{}~^|\\");
  const counter = $("#count"), isSms = form.dataset.channel === "sms";

  function plain(words) {
    let written = "";
    for (const letter of words) {
      const known = letter in as ? as[letter] ?? "" : letter;
      for (const one of known) {
        if (gsm.has(one) || twice.has(one)) written += one;
        else if (!/[\p{So}\p{Sk}\p{Cs}\p{Cf}\p{Co}\u20e3]/u.test(one)) {
          const [bare] = one.normalize("NFKD");
          written += gsm.has(bare) || twice.has(bare) ? bare : one;
        }
      }
    }
    return written.replace(/ {2,}/g, " ").trim();
  }

  function segments(words) {
    const letters = [...words], dear = [...new Set(letters.filter((one) => !gsm.has(one) && !twice.has(one)))];
    const [alone, part] = dear.length ? [70, 67] : [160, 153];
    const size = (one) => (dear.length ? one.length : twice.has(one) ? 2 : 1);
    const all = letters.reduce((sum, one) => sum + size(one), 0);
    if (all <= alone) return { count: 1, left: alone - all, dear };
    let count = 1, used = 0;
    for (const one of letters) {
      if (used + size(one) > part) { count += 1; used = 0; }
      used += size(one);
    }
    return { count, left: part - used, dear };
  }

  function count() {
    if (!isSms || !counter) return;
    const words = plain(text.value);
    if (!words) { counter.textContent = ""; return; }
    const found = segments(words), say = [];
    if (found.dear.length) say.push(counter.dataset.dear.replace("{letters}", found.dear.join(" ")).replace("{count}", found.count));
    else say.push(counter.dataset.one.replace("{count}", found.count).replace("{left}", found.left));
    if (form.dataset.price) say.push(counter.dataset.cost.replace("{cost}", (found.count * form.dataset.price).toFixed(2)));
    counter.textContent = say.join(", ");
    counter.classList.toggle("fault", found.dear.length > 0 || found.count > 2);
  }
  window.desk.countSms = (words) => segments(plain(words)).count;

  // Words that are not sent yet outlive a sign-in and a reload, in this tab only.
  const draft = `draft ${page.dataset.chat}`;
  const keep = () => { if (text.value) sessionStorage.setItem(draft, text.value); else sessionStorage.removeItem(draft); };
  if (!text.value) text.value = sessionStorage.getItem(draft) || "";

  text.addEventListener("input", () => { count(); keep(); if (text.value) tellTyping(); });
  count();

  // --- sending -------------------------------------------------------------------------------------------------

  const fault = $("#text-fault");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      if (answer.ok) {
        text.value = "";
        window.desk.saved(form);
        if (form.elements.file) form.elements.file.value = "";
        form.elements.once.value = (await answer.json()).once;
        told = 0;
        keep();
        fault.hidden = true;
        text.removeAttribute("aria-invalid");
        count();
        window.desk.refresh(thread);
        toEnd();
      } else if (answer.status === 422) {
        refuse((await answer.json()).fault);
      } else {
        location.reload(); // signed out, or an old page: the words wait in the draft
      }
    } catch {
      refuse(window.desk.words.offline);
    }
    delete form.dataset.busy;
    text.focus();
  });

  function refuse(words) {
    fault.textContent = words;
    fault.hidden = false;
    text.setAttribute("aria-invalid", "true");
  }

  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !event.ctrlKey) { event.preventDefault(); form.requestSubmit(); }
  });

  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-ready]");
    if (!chosen) return;
    const before = text.value.trim();
    text.value = before ? `${before} ${chosen.dataset.ready}` : chosen.dataset.ready;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    chosen.closest("details").open = false;
    text.focus();
    const hole = text.value.search(/\{\w+\}/);
    if (hole >= 0) text.setSelectionRange(hole, text.value.indexOf("}", hole) + 1);
  });
})();
