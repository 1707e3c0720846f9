// Shows what the demo sends as server-sent events. Text goes into text nodes only.
(() => {
  "use strict";

  const CHART_FRAMES = 160;
  const byId = (id) => document.getElementById(id);
  const cards = new Map();
  const history = [];
  let names = [];
  let paused = false;
  let ended = false;

  const set = (id, text) => { byId(id).textContent = text; };
  const number = (value, digits) => (typeof value === "number" ? value.toFixed(digits) : "–");
  const signed = (value) => (typeof value === "number" ? (value >= 0 ? "+" : "−") + Math.abs(value).toFixed(1) : "–");

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function connection(state, text) {
    const pill = byId("connection");
    pill.dataset.state = state;
    pill.textContent = text;
  }

  // A canvas keeps the old frame until the new one is decoded: no flicker between frames.
  function image(label) {
    const made = element("canvas");
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", label);
    return made;
  }

  function draw(canvas, picture) {
    if (canvas.width !== picture.naturalWidth || canvas.height !== picture.naturalHeight) {
      canvas.width = picture.naturalWidth;
      canvas.height = picture.naturalHeight;
    }
    canvas.getContext("2d").drawImage(picture, 0, 0);
  }

  function card(source) {
    let known = cards.get(source);
    if (known) return known;
    const name = names[source] || "source " + (source + 1);
    const root = element("article", "card");
    const header = element("header");
    const title = element("h2", "", name);
    const badge = element("span", "badge");
    title.append(badge);
    const figures = element("p", "figures");
    const from = element("span", "from");
    const to = element("span", "to");
    const latency = element("span");
    figures.append(from, " → ", to, latency);
    header.append(title, figures);

    const pair = element("div", "pair");
    const left = element("figure");
    const right = element("figure");
    const pairDegraded = image(name + ", degraded");
    const pairRestored = image(name + ", restored");
    left.append(pairDegraded, element("figcaption", "tag", "degraded"));
    right.append(pairRestored, element("figcaption", "tag", "restored"));
    pair.append(left, right);

    const slider = element("div", "slider");
    const under = image(name + ", restored");
    const over = image(name + ", degraded");
    over.className = "over";
    const range = element("input");
    range.type = "range";
    range.min = 0;
    range.max = 100;
    range.value = 50;
    range.setAttribute("aria-label", name + ": share of the degraded frame in percent");
    range.addEventListener("input", () => slider.style.setProperty("--at", range.value + "%"));
    slider.append(under, over, element("span", "tag", "degraded"), element("span", "tag right", "restored"), element("span", "bar"), range);

    root.append(header, pair, slider);
    byId("frames").append(root);
    known = { badge, from, to, latency, degraded: [pairDegraded, over], restored: [pairRestored, under], newest: -1 };
    cards.set(source, known);
    return known;
  }

  // Both sides change together, once both are there.
  async function show(frame) {
    history.push([frame.psnrDegraded, frame.psnrRestored]);
    if (history.length > CHART_FRAMES) history.shift();
    if (paused) return;
    const target = card(frame.source);
    const degraded = new Image();
    const restored = new Image();
    degraded.src = frame.degraded;
    restored.src = frame.restored;
    try {
      await Promise.all([degraded.decode(), restored.decode()]);
    } catch (gone) {
      return; // the server keeps the last frames only
    }
    if (paused || frame.sequence < target.newest) return;
    target.newest = frame.sequence;
    target.degraded.forEach((canvas) => draw(canvas, degraded));
    target.restored.forEach((canvas) => draw(canvas, restored));
    target.badge.textContent = frame.degradation;
    target.from.textContent = number(frame.psnrDegraded, 1);
    target.to.textContent = number(frame.psnrRestored, 1) + " dB";
    target.latency.textContent = "  ·  " + number(frame.latencyMs, 0) + " ms";
  }

  // Sources differ in what damages them: the mean over one frame of each is what goes up or down.
  function means() {
    const window = Math.max(1, names.length);
    const mean = (end, which) => history.slice(end - window, end).reduce((sum, pair) => sum + pair[which], 0) / window;
    const points = [];
    for (let end = window; end <= history.length; end++) points.push([mean(end, 0), mean(end, 1)]);
    return points;
  }

  function chart() {
    const svg = byId("chart");
    const series = means();
    const values = series.flat();
    if (series.length < 2) return;
    const low = Math.floor(Math.min(...values) / 5) * 5;
    const high = Math.max(low + 5, Math.ceil(Math.max(...values) / 5) * 5);
    const y = (v) => 196 - ((v - low) / (high - low)) * 192;
    const x = (i) => (i / (Math.max(series.length, 40) - 1)) * 560;
    const make = (tag, attributes) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      return made;
    };
    const parts = [];
    for (let level = low; level <= high; level += 5) {
      parts.push(make("line", { x1: 0, x2: 560, y1: y(level), y2: y(level) }));
    }
    ["degraded", "restored"].forEach((side, which) => {
      const points = series.map((pair, i) => x(i).toFixed(1) + "," + y(pair[which]).toFixed(1)).join(" ");
      parts.push(make("polyline", { class: side, points }));
    });
    svg.replaceChildren(...parts);
    set("axis-low", low + " dB");
    set("axis-high", high + " dB");
  }

  function status(report) {
    const frames = report.frames;
    const psnr = report.psnrDb;
    set("fps", number(report.fps, 1));
    set("frames-note", frames.restored + " frames restored");
    set("gain", signed(psnr.restored - psnr.degraded));
    set("psnr-note", "mean PSNR " + number(psnr.degraded, 1) + " → " + number(psnr.restored, 1) + " dB");
    set("p50", number(report.latencyMs.p50, 0));
    set("latency-note", "p95 " + number(report.latencyMs.p95, 0) + " ms, p99 " + number(report.latencyMs.p99, 0) + " ms");
    set("received", String(frames.received));
    set("books-note", frames.restored + " restored, " + frames.passedThrough + " passed, " + frames.shed + " shed, "
      + frames.deadLettered + " dead-lettered, " + frames.inFlight + " in flight");
    const rows = (report.byDegradation || []).map((entry) => {
      const row = element("tr");
      const head = element("th", "", entry.degradation);
      head.scope = "row";
      head.style.textAlign = "left";
      row.append(head, element("td", "", String(entry.frames)), element("td", "from", number(entry.degraded, 1)),
        element("td", "to", number(entry.restored, 1)), element("td", "", signed(entry.restored - entry.degraded)));
      return row;
    });
    byId("by-degradation").replaceChildren(...rows);
    chart();
  }

  const events = new EventSource("/events");
  events.addEventListener("hello", (event) => {
    const hello = JSON.parse(event.data);
    names = hello.sources;
    names.forEach((name, source) => card(source));
    set("made-by", "Model " + hello.bundle + " on " + hello.device + ". PSNR in dB against the clean frame, which only the demo knows.");
    connection("live", "live");
  });
  events.addEventListener("frame", (event) => show(JSON.parse(event.data)));
  events.addEventListener("status", (event) => status(JSON.parse(event.data)));
  events.addEventListener("end", (event) => {
    ended = true;
    events.close();
    connection("done", JSON.parse(event.data).message);
  });
  events.addEventListener("error", () => {
    if (!ended) connection("lost", "the demo has stopped");
  });

  for (const input of document.querySelectorAll("input[name=view]")) {
    input.addEventListener("change", () => { document.body.dataset.view = input.value; });
  }
  byId("pause").addEventListener("click", () => {
    paused = !paused;
    byId("pause").setAttribute("aria-pressed", String(paused));
    byId("pause").textContent = paused ? "Go on" : "Pause";
  });
})();
