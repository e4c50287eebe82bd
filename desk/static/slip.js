// The slip prints itself when it is opened.
"use strict";

(() => {
  const button = document.getElementById("print");
  button.hidden = false;
  button.addEventListener("click", () => window.print());
  window.addEventListener("load", () => window.print());
})();
