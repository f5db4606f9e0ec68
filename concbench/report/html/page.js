// Draws the charts of this page from the data beside them; loads nothing from anywhere.
"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const PAPER = { ink: "#000000", muted: "#444444", grid: "#cccccc", surface: "#ffffff" };
  const NARROW = 560; // px: on a narrower chart, the names of cases stand above their marks, and legends have fewer columns
  const NAMES = 290; // px of a name otherwise: enough for a strategy with its workers and chunksize
  const MANY = 400; // marks: from here on, a canvas is faster than an SVG
  const views = [];
  let waiting = [...document.querySelectorAll(".chart")];
  let drawing = 0;

  const root = document.documentElement;
  const tip = document.getElementById("tip");

  function colours() {
    const style = getComputedStyle(root);
    return Object.fromEntries(Object.keys(PAPER).map((name) => [name, style.getPropertyValue("--" + name).trim()]));
  }

  function isNarrow(place) {
    return place.clientWidth < NARROW;
  }

  // What depends on the width: names beside or above their marks. Without heights, a chart has no names, or too long ones.
  function layout(place, heights) {
    const narrow = isNarrow(place);
    const found = { names: narrow ? NAMES / 2 : NAMES };
    return heights.length ? { ...found, stacked: narrow, height: heights[narrow ? 1 : 0] } : found;
  }

  function rows(columns) {
    const names = Object.keys(columns);
    const length = names.length ? columns[names[0]].length : 0;
    return Array.from({ length }, (_, row) => Object.fromEntries(names.map((name) => [name, columns[name][row]])));
  }

  function short(value) {
    return Number(value.toPrecision(4)).toString();
  }

  // Describes the mark under the pointer. It is set as text, so that nothing in it is ever HTML.
  function worded({ marks, context }, datum) {
    if (datum.tip !== undefined) return datum.tip;
    const unit = context.unit;
    const word = context.word || "worker";
    if (marks === "tasks") {
      const when = `starts at ${short(datum.begin)} ${unit}, takes ${short(datum.end - datum.begin)} ${unit}`;
      const item = datum.item === undefined ? "" : ` (${datum.item})`;
      return `task ${datum.task}${item} of ${context.of} on ${word} ${datum.lane}: ${when}`;
    }
    const last = Math.min(context.lanes, datum.lane + context.together - 1);
    const who = context.together > 1 ? `${word}s ${datum.lane} to ${last}` : `${word} ${datum.lane}`;
    const busy = `in tasks ${Math.round(100 * datum.busy)}% of the time`;
    return `${who}, ${short(datum.begin)} to ${short(datum.end)} ${unit}: ${busy}, ${datum.tasks} tasks start`;
  }

  function hover(found) {
    return (_handler, event, item, value) => {
      if (value === null || value === undefined || value === "") {
        tip.hidden = true;
        return;
      }
      tip.textContent = worded(found, item.datum);
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
    if (found.marks === "tasks") spec.datasets.tasks.forEach((row, at) => { row.task = at + 1; });
    const set = { ...colours(), ...layout(place, found.heights) };
    for (const param of spec.params) if (param.name in set) param.value = set[param.name];
    if (set.height) spec.height = set.height;
    const marks = Object.values(spec.datasets).reduce((sum, data) => sum + data.length, 0);
    // Expressions are interpreted from their syntax tree, so that the page needs no permission to evaluate code.
    const options = { actions: false, ast: true, defaultStyle: false, renderer: marks > MANY ? "canvas" : "svg", tooltip: hover(found) };
    const inside = place.appendChild(document.createElement("div")); // because Vega gives its element another role
    const { view } = await vegaEmbed(inside, spec, options);
    views.push({ place, view, heights: found.heights });
    place.dataset.drawn = "";
  }

  function dress(set) {
    for (const { place, view, heights } of views) {
      for (const [name, value] of Object.entries({ ...set, ...layout(place, heights) })) view.signal(name, value);
      view.run();
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

  // Charts in view are drawn at once, all others when the page is idle; but those that are folded when they are seen.
  function next() {
    const idle = waiting.find((place) => !place.closest("details:not([open])"));
    if (!idle) {
      if (!drawing) root.dataset.charts = "drawn";
      return;
    }
    if (!drawing) setTimeout(() => !drawing && start(idle), 0);
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

  // Copies a program. Where the browser has no clipboard for pages, as some have none for files, it copies a selection.
  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text.textContent);
      return true;
    } catch {
      const selection = getSelection();
      selection.selectAllChildren(text);
      return document.execCommand("copy");
    }
  }

  const said = document.getElementById("said");
  for (const button of document.querySelectorAll(".copy")) {
    const label = button.firstChild;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copied(button.parentElement.querySelector("pre"));
      label.textContent = done ? "Copied" : "Selected";
      said.textContent = done ? "The program is on the clipboard." : "The program is selected: press Ctrl+C to copy it.";
      setTimeout(() => {
        label.textContent = "Copy";
        said.textContent = "";
      }, 3000);
    });
  }

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
