// What the public form does beside its HTML: the place where the telephone is, and a kiosk that starts anew.
"use strict";

(() => {
  document.documentElement.classList.add("scripted");
  const byId = (id) => document.getElementById(id);

  document.querySelector(".faults")?.focus();
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

  // A second press sends nothing twice (the form's key would see to it, too).
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      setTimeout(() => { delete form.dataset.sent; }, 4000);
    });
  }

  // The place is asked for only when somebody presses the button.
  const pin = byId("pin"), said = byId("located");
  if (pin && navigator.geolocation && window.isSecureContext) {
    pin.hidden = false;
    byId("locate").addEventListener("click", () => {
      said.textContent = said.dataset.looking;
      navigator.geolocation.getCurrentPosition((found) => {
        document.querySelector("[name=latitude]").value = found.coords.latitude.toFixed(6);
        document.querySelector("[name=longitude]").value = found.coords.longitude.toFixed(6);
        said.textContent = said.dataset.found;
      }, () => { said.textContent = said.dataset.none; }, { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 });
    });
  }

  // A screen that everybody uses: after 45 seconds without a touch it asks, after 60 it starts anew.
  const start = document.body.dataset.kiosk;
  if (!start) return;
  let timer = 0, dialog = null;
  const again = () => {
    clearTimeout(timer);
    dialog?.remove();
    dialog = null;
    timer = setTimeout(ask, 45000);
  };
  const leave = () => location.replace(start);
  const ask = () => {
    dialog = document.createElement("dialog");
    const text = document.createElement("p"), button = document.createElement("button");
    text.textContent = document.body.dataset.stillHere;
    button.className = "primary wide";
    button.textContent = document.body.dataset.goOn;
    button.addEventListener("click", again);
    dialog.append(text, button);
    dialog.addEventListener("cancel", again);
    document.body.append(dialog);
    dialog.showModal();
    timer = setTimeout(leave, 15000);
  };
  for (const kind of ["pointerdown", "keydown", "scroll", "input"]) document.addEventListener(kind, () => { if (!dialog) again(); }, { passive: true });
  // Back must not show what the one before typed.
  window.addEventListener("pageshow", (event) => { if (event.persisted) leave(); });
  again();
})();
