// The counter's form beside its HTML: who it is, looked up while typing; the bill's fields when a bill is disputed.
"use strict";

(() => {
  const form = document.getElementById("capture"), who = document.getElementById("who");
  if (!form) return;

  let timer = 0, asked = 0;
  const fields = [...form.querySelectorAll("[data-look-up]")];
  const lookUp = async () => {
    const mine = ++asked;
    const query = new URLSearchParams(fields.map((field) => [field.name, field.value.trim()]));
    const answer = await fetch(`${fields[0].dataset.lookUp}?${query}`, { headers: { Accept: "text/html" } }).catch(() => null);
    // What was typed since is newer than this answer.
    if (mine !== asked || !answer || !answer.ok) return;
    const chosen = who.querySelector("input[name=citizen]:checked")?.value;
    who.innerHTML = await answer.text();
    const again = chosen && who.querySelector(`input[name=citizen][value="${CSS.escape(chosen)}"]`);
    if (again) again.checked = true;
  };
  for (const field of fields) {
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(lookUp, 250); });
  }

  const about = document.getElementById("about"), bill = document.getElementById("bill");
  about?.addEventListener("change", () => {
    const option = [...document.getElementById("matters").options].find((one) => one.value === about.value);
    if (option) bill.open = option.dataset.code.startsWith("dispute:");
  });
})();
