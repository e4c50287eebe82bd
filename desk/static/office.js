// Counts characters and SMS below an answer while it is written; the server counts again when it is kept.
"use strict";

(() => {
  const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const DOUBLE = new Set("€[]{}~^|\\\f");

  function sms(text) {
    let septets = 0;
    for (const character of text) {
      if (DOUBLE.has(character)) septets += 2;
      else if (BASIC.has(character)) septets += 1;
      else return text.length <= 70 ? 1 : Math.ceil(text.length / 67);
    }
    return septets <= 160 ? 1 : Math.ceil(septets / 153);
  }

  for (const area of document.querySelectorAll("textarea[data-count]")) {
    const told = area.nextElementSibling;
    const words = told.textContent;
    area.addEventListener("input", () => {
      const text = area.value.trim().replace(/\s+/g, " ");
      let number = 0;
      // The same sentence with other figures: first the characters, then the SMS.
      told.textContent = words.replace(/\d+/g, () => (number++ === 0 ? [...text].length : sms(text)));
    });
  }
})();
