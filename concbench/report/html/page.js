// Draws the charts of this page from the data beside them; asks for nothing from anywhere else.
"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const PAPER = { ink: "#000000", muted: "#444444", grid: "#cccccc", surface: "#ffffff" };
  const NARROW = 560; // px of a chart below which the names of cases get less room
  const WIDE_NAMES = 290; // px of a name otherwise: a strategy with its workers and chunksize
  const MANY = 400; // marks from which a canvas is drawn faster than an SVG
  const views = [];
  let waiting = [...document.querySelectorAll(".chart")];
  let drawing = 0;

  const root = document.documentElement;
  const tip = document.getElementById("tip");

  function colours() {
    const style = getComputedStyle(root);
    return Object.fromEntries(Object.keys(PAPER).map((name) => [name, style.getPropertyValue("--" + name).trim()]));
  }

  function namesWidth(place) {
    return place.clientWidth < NARROW ? Math.max(70, Math.round(place.clientWidth * 0.3)) : WIDE_NAMES;
  }

  function rows(columns) {
    const names = Object.keys(columns);
    const length = names.length ? columns[names[0]].length : 0;
    return Array.from({ length }, (_, row) => Object.fromEntries(names.map((name) => [name, columns[name][row]])));
  }

  function short(value) {
    return Number(value.toPrecision(4)).toString();
  }

  // What a mark says when the pointer is on it. It is set as text, so that nothing in it is ever HTML.
  function worded(kind, facts, datum) {
    if (datum.tip !== undefined) return datum.tip;
    const when = `begins at ${short(datum.begin)} ${facts.unit}`;
    if (kind === "tasks") {
      return `task ${datum.task} of ${facts.of} on worker ${datum.lane}: ${when}, takes ${short(datum.end - datum.begin)} ${facts.unit}`;
    }
    const last = Math.min(facts.lanes, datum.lane + facts.together - 1);
    const who = facts.together > 1 ? `workers ${datum.lane} to ${last}` : `worker ${datum.lane}`;
    return `${who}, ${short(datum.begin)} to ${short(datum.end)} ${facts.unit}: ${datum.tasks} tasks begin, inside tasks ${Math.round(100 * datum.busy)}% of the time`;
  }

  function hover(kind, facts) {
    return (_handler, event, item, value) => {
      if (value === null || value === undefined || value === "") {
        tip.hidden = true;
        return;
      }
      tip.textContent = worded(kind, facts, item.datum);
      tip.hidden = false;
      const { clientX: x, clientY: y } = event;
      tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - tip.offsetWidth - 8))}px`;
      tip.style.top = `${y + 18 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 10 : y + 18}px`;
    };
  }

  async function draw(place) {
    const found = JSON.parse(document.getElementById(place.dataset.of).textContent);
    const spec = found.spec;
    spec.datasets = Object.fromEntries(Object.entries(found.data).map(([name, columns]) => [name, rows(columns)]));
    if (found.kind === "tasks") spec.datasets.tasks.forEach((row, at) => { row.task = at + 1; });
    const set = { ...colours(), names: namesWidth(place) };
    for (const param of spec.params) if (param.name in set) param.value = set[param.name];
    const marks = Object.values(spec.datasets).reduce((sum, data) => sum + data.length, 0);
    // The syntax tree of an expression is interpreted, so that the page needs no right to make code of text.
    const options = { actions: false, ast: true, defaultStyle: false, renderer: marks > MANY ? "canvas" : "svg", tooltip: hover(found.kind, found.facts) };
    const inside = place.appendChild(document.createElement("div")); // for Vega gives what it draws into a role of its own
    const { view } = await vegaEmbed(inside, spec, options);
    views.push({ place, view });
    place.dataset.drawn = "";
  }

  function dress(set) {
    for (const { place, view } of views) {
      for (const [name, value] of Object.entries(set)) view.signal(name, value);
      view.signal("names", namesWidth(place)).run();
    }
  }

  function start(place) {
    if (!waiting.includes(place)) return;
    waiting = waiting.filter((other) => other !== place);
    drawing += 1;
    draw(place)
      .catch((error) => {
        place.textContent = "This chart could not be drawn; its figures are in the table below.";
        console.error(error);
      })
      .finally(() => {
        drawing -= 1;
        next();
      });
  }

  // What is in sight is drawn at once, all else when the page has nothing better to do.
  function next() {
    if (!waiting.length) {
      if (!drawing) root.dataset.charts = "drawn";
      return;
    }
    if (!drawing) setTimeout(() => !drawing && waiting.length && start(waiting[0]), 0);
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        seen.unobserve(entry.target);
        start(entry.target);
      }
    }
  }, { rootMargin: "300px" });
  waiting.forEach((place) => seen.observe(place));
  next();

  dark.addEventListener("change", () => dress(colours()));
  addEventListener("resize", () => dress({}));
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
  addEventListener("beforeprint", () => {
    dress(PAPER);
    for (const details of document.querySelectorAll("details.on-paper:not([open])")) {
      details.open = true;
      details.dataset.reopened = "";
    }
  });
  addEventListener("afterprint", () => {
    dress(colours());
    for (const details of document.querySelectorAll("details[data-reopened]")) {
      details.open = false;
      delete details.dataset.reopened;
    }
  });
})();
