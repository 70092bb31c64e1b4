// The keyboard in lists of results, and menus that close by their own button.
(() => {
  "use strict";
  const hits = () => [...document.querySelectorAll("[data-hit]")];

  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const search = document.querySelector("[data-search]");
    const at = hits().indexOf(document.activeElement);
    if (!search || (at < 0 && document.activeElement !== search)) return;
    const next = event.key === "ArrowDown" ? hits()[at + 1] : at === 0 ? search : hits()[at - 1];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-close]");
    const menu = closer?.closest("details");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
