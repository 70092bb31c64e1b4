// Draws the charts: one request for all of them, one crosshair through all of them.
(() => {
  "use strict";
  const board = document.getElementById("charts");
  if (!board) return;
  const EVERY = 30000;
  const HEIGHT = 168;
  const DAY = 86400;
  const language = document.documentElement.lang;
  const { range, zone, nothing } = board.dataset;
  const cards = [...board.querySelectorAll("[data-chart]")];
  const plots = new Map();
  let shown = null;
  let asked = 0;

  const number = (value, digits) => value.toLocaleString(language, { maximumFractionDigits: digits });
  const short = (value) => number(value, value >= 100 ? 0 : value >= 1 ? 1 : 2);
  const duration = (value) => {
    if (value < 1) return `${number(value * 1000, value < 0.01 ? 1 : 0)} ms`;
    if (value < 60) return `${number(value, value < 10 ? 1 : 0)} s`;
    if (value < 3600) return `${number(value / 60, value < 600 ? 1 : 0)} min`;
    if (value < DAY) return `${number(value / 3600, 1)} h`;
    return `${number(value / DAY, 1)} d`;
  };
  const size = (value) => {
    const step = Math.min(3, value > 0 ? Math.floor(Math.log2(value) / 10) : 0);
    const scaled = value / 1024 ** step;
    return `${number(scaled, scaled < 10 && step ? 1 : 0)} ${["B", "kB", "MB", "GB"][step]}`;
  };
  const say = {
    rate: (value) => `${short(value)}/s`,
    minute: (value) => `${short(value)}/min`,
    seconds: duration,
    share: (value) => `${number(value * 100, 1)} %`,
    bytes: size,
    count: short,
  };
  // On an axis the unit of a rate stands in the title of its chart.
  const mark = { ...say, rate: short, minute: short };

  const clock = new Intl.DateTimeFormat(language, { timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false });
  const day = new Intl.DateTimeFormat(language, { timeZone: zone, day: "2-digit", month: "2-digit" });
  const moment = new Intl.DateTimeFormat(language, { timeZone: zone, day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
  const ticks = (self, splits, axis, space, step) =>
    splits.map((at) => {
      const date = new Date(at * 1000);
      const time = clock.format(date);
      return step >= DAY || time === "00:00" || time === "24:00" ? day.format(date) : time;
    });

  const seconds = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200, DAY, 2 * DAY, 7 * DAY];
  const sizes = Array.from({ length: 40 }, (_, at) => 2 ** at);
  const incrementsOf = { seconds, bytes: sizes };

  // A value between two gaps has no line: it is drawn as a point.
  const lonely = (self, at) => {
    const values = self.data[at];
    const measured = (index) => values[index] !== null && values[index] !== undefined;
    return values.map((_, index) => index).filter((index) => measured(index) && !measured(index - 1) && !measured(index + 1));
  };

  // A colour is known by name; which of its two values counts is told by an element that wears it.
  const probe = document.body.appendChild(document.createElement("i"));
  probe.hidden = true;
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };

  const linesOf = (card) => [...card.querySelectorAll("[data-line]")];

  const rangeOf = (card) => (self, low, high) => {
    if (low === null) return [0, 1];
    if (card.dataset.unit === "share" && high <= 1) return [0, 1];
    if ("zero" in card.dataset) return [0, high > 0 ? high * 1.08 : 1];
    const margin = Math.max((high - low) * 0.15, Math.abs(high) * 0.001, 1);
    return [Math.max(0, low - margin), high + margin];
  };

  const options = (card, width) => {
    const unit = card.dataset.unit;
    const axis = { stroke: colour("muted"), font: "11px Inter, system-ui, sans-serif", ticks: { show: false } };
    return {
      width,
      height: HEIGHT,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
      cursor: { sync: { key: "charts", setSeries: false }, drag: { x: false, y: false }, y: false, points: { size: 7 } },
      scales: { y: { range: rangeOf(card) } },
      axes: [
        { ...axis, space: 56, grid: { show: false }, values: ticks, gap: 4, size: 26 },
        {
          ...axis,
          space: 34,
          incrs: incrementsOf[unit],
          grid: { stroke: colour("line"), width: 1 },
          values: (self, splits) => splits.map((value) => (value ? mark[unit](value) : "0")),
          gap: 4,
          size: 58,
        },
      ],
      series: [
        {},
        ...linesOf(card).map((line, at) => ({
          stroke: colour(`series-${at + 1}`),
          width: 1.5,
          fill: linesOf(card).length === 1 ? `${colour(`series-${at + 1}`)}1f` : undefined,
          points: { show: true, filter: lonely, size: 4, fill: colour(`series-${at + 1}`) },
          spanGaps: false,
        })),
      ],
      hooks: { setCursor: [(self) => point(card, self.cursor.idx)] },
    };
  };

  // The legend tells the values under the crosshair, and the last ones otherwise.
  const point = (card, at) => {
    if (!shown) return;
    const pointed = at !== null && at !== undefined;
    card.querySelector("[data-moment]").textContent = pointed ? moment.format(new Date((shown.start + at * shown.step) * 1000)) : "";
    for (const line of linesOf(card)) {
      const { values, told } = shown.lines[line.dataset.line];
      const value = pointed ? values[at] : null;
      const text = !pointed ? told[0] : value === null || value === undefined ? "–" : say[card.dataset.unit](value);
      const place = line.querySelector("[data-value]");
      if (place.textContent !== text) place.textContent = text;
    }
  };

  const columns = (card) => {
    const count = Math.max(...Object.values(shown.lines).map((line) => line.values.length));
    const times = Array.from({ length: count }, (_, at) => shown.start + at * shown.step);
    return [times, ...linesOf(card).map((line) => shown.lines[line.dataset.line].values)];
  };

  const tell = (card) => {
    for (const line of linesOf(card)) {
      const cells = card.querySelectorAll(`[data-figures="${line.dataset.line}"] td`);
      shown.lines[line.dataset.line].told.forEach((text, at) => { cells[at].textContent = text; });
    }
  };

  const draw = (anew) => {
    if (!shown) return;
    for (const card of cards) {
      const place = card.querySelector(".plot");
      const found = linesOf(card).some((line) => shown.lines[line.dataset.line].values.some((value) => value !== null));
      tell(card);
      if (anew || !found) {
        plots.get(card)?.destroy();
        plots.delete(card);
        place.textContent = found ? "" : nothing;
        place.classList.toggle("nothing", !found);
      }
      if (!found) continue;
      if (plots.has(card)) {
        plots.get(card).setData(columns(card));
      } else {
        place.textContent = "";
        plots.set(card, new uPlot(options(card, place.clientWidth), columns(card), place));
      }
      point(card, plots.get(card).cursor.idx);
    }
  };

  const lost = document.getElementById("lost");
  const ask = async () => {
    asked = Date.now();
    try {
      const answer = await fetch(`/charts/data?range=${range}`, { headers: { accept: "application/json" } });
      if (answer.status === 401 || answer.redirected) { window.location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      shown = await answer.json();
      lost.hidden = true;
      draw(false);
    } catch {
      lost.hidden = false;
    }
  };
  const askIfDue = () => {
    if (document.visibilityState === "visible" && Date.now() - asked >= EVERY - 1000) ask();
  };

  new ResizeObserver(() => {
    for (const [card, plot] of plots) {
      const width = card.querySelector(".plot").clientWidth;
      if (width && width !== plot.width) plot.setSize({ width, height: HEIGHT });
    }
  }).observe(board);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(true));
  new MutationObserver(() => draw(true)).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  document.addEventListener("visibilitychange", askIfDue);
  window.setInterval(askIfDue, EVERY);
  ask();
})();
