// Cases: the words that a person would hear are shown while a deed is typed; a form that opens gets the focus.
"use strict";

(() => {
  const WAIT = 350;
  const shown = new WeakMap();

  async function preview(form) {
    const place = form.querySelector(".preview");
    const data = new URLSearchParams(new FormData(form));
    const asked = data.toString();
    if (shown.get(form) === asked) return;
    shown.set(form, asked);
    form.elements.previewed.value = "";
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: data });
      if (!answer.ok || shown.get(form) !== asked) return;
      place.innerHTML = await answer.text();
      // Only what was shown may be sent without being shown again.
      form.elements.previewed.value = place.querySelector(".told, .small-text") ? "yes" : "";
    } catch { /* no connection: the server shows the words before anything is sent */ }
  }

  let timer = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-preview]");
    if (!form) return;
    form.elements.previewed.value = "";
    clearTimeout(timer);
    timer = setTimeout(() => preview(form), WAIT);
  });

  // Opened here and not by the browser, which tells of it later: the next key belongs to the field already.
  document.addEventListener("click", (event) => {
    const deed = event.target.closest?.("details.deed > summary")?.parentElement;
    if (!deed) return;
    event.preventDefault();
    deed.open = !deed.open;
    if (!deed.open) return;
    deed.querySelector("textarea, select, input:not([type=hidden])")?.focus();
    deed.scrollIntoView({ block: "nearest" });
  });

  // A dispute is about a bill: its fields are there.
  document.addEventListener("change", (event) => {
    if (event.target.id === "divide-class" && event.target.value === "dispute") document.getElementById("divide-bill").open = true;
  });

  // The list: somebody changed a case. Nothing moves under the reader's eyes; a line offers to load it again.
  const changed = document.getElementById("list-changed");
  if (changed) {
    document.addEventListener("desk:changed", (event) => {
      if (event.detail.topic === "cases") changed.hidden = false;
    });
  }
  const open = document.querySelector("details.deed[open]");
  if (open) (open.querySelector("[autofocus]") || open.querySelector("[aria-invalid=true]") || open.querySelector("textarea, select, input:not([type=hidden])"))?.focus();
})();
