// The preview under a wording: asked of the server while somebody types, so that there is one count of segments.
"use strict";

for (const form of document.querySelectorAll("form[data-preview]")) {
  const here = form.querySelector("[data-preview-here]");
  let timer = 0, last = "";
  const ask = async () => {
    const words = form.elements.words.value;
    if (words === last) return;
    last = words;
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, language: form.elements.language.value, words });
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body });
      if (answer.ok && form.elements.words.value === words) here.innerHTML = await answer.text();
    } catch { last = ""; }
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 250); });
}
