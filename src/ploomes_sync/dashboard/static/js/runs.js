// A run as it goes on: one stream while the page can be seen, whole fragments put in place of the last.
(() => {
  "use strict";
  const live = document.querySelector("[data-live]");
  const AGAIN = 5000;
  let stream = null;
  let timer = 0;

  const close = () => {
    window.clearTimeout(timer);
    if (stream) stream.close();
    stream = null;
  };
  // A hidden page holds no stream: browsers allow few of them, and nobody looks.
  const open = () => {
    close();
    if (document.hidden) return;
    stream = new EventSource(live.dataset.live);
    stream.addEventListener("now", (event) => {
      const lost = document.getElementById("lost");
      if (lost) lost.hidden = true;
      htmx.swap({ sourceElement: live, target: live, text: event.data, swap: "innerMorph" });
    });
    stream.addEventListener("ended", () => {
      close();
      window.location.replace(window.location.pathname);
    });
    stream.addEventListener("error", () => {
      if (stream && stream.readyState !== EventSource.CLOSED) return;
      close();
      // Too many streams, signed out, or the service is away: asking once shows which, and the page goes on.
      htmx.ajax("GET", live.dataset.now, { source: live, target: live, swap: "innerMorph" });
      timer = window.setTimeout(open, AGAIN);
    });
  };
  if (live) {
    document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", open);
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    const dialog = opener && document.getElementById(opener.dataset.open);
    if (dialog) { event.preventDefault(); dialog.showModal(); return; }
    const closer = event.target.closest("dialog [data-close]");
    if (closer) { event.preventDefault(); closer.closest("dialog").close(); }
  });
  // A form that is sent once: a second click while the answer is on its way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-once]");
    if (!form || event.submitter?.name === "preview") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
