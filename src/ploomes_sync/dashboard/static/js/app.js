// What the pages need besides htmx: telling that the service does not answer, menus that close, copying.
(() => {
  "use strict";
  const lost = document.getElementById("lost");
  const show = (shown) => { if (lost) lost.hidden = !shown; };

  document.addEventListener("htmx:error", () => show(true));
  document.addEventListener("htmx:after:request", (event) => {
    const status = event.detail.ctx?.response?.status ?? 0;
    if (status === 401) window.location.reload();
    show(status >= 500);
  });

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(except)) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => {
    closeMenus(event.target);
    const copied = event.target.closest("[data-copy]");
    if (copied) {
      navigator.clipboard.writeText(document.getElementById(copied.dataset.copy).textContent).then(() => {
        copied.textContent = copied.dataset.copied;
      });
    }
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog.open) dialog.close(); else dialog.showModal();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus(null);
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); } else { window.location.assign("/products"); }
    }
  });
  // A form that sends itself as soon as something in it is chosen.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-at-once]");
    if (form) form.requestSubmit();
  });
  // A refused page tries again by itself.
  const retry = document.querySelector("[data-retry]");
  if (retry) window.setTimeout(() => window.location.reload(), Number(retry.dataset.retry) * 1000);
})();
