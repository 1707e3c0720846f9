// Shows the state that the service sends as server-sent events. Text goes into text nodes only.
(() => {
  "use strict";

  const OUTCOMES = [
    ["restored", "restored", "restored"],
    ["passedThrough", "passed", "passed through"],
    ["shed", "shed", "shed"],
    ["deadLettered", "dead", "dead-lettered"],
  ];
  const TIERS = ["terrible", "mediocre", "excellent"];
  const SECONDS = 60;
  const SILENT_MS = 5000;
  const LOST_MS = 4000;
  const OLD_PICTURE_MS = 5000;

  const byId = (id) => document.getElementById(id);
  const tiles = new Map();
  const count = new Intl.NumberFormat("en");
  let stream = null;
  let heard = 0;
  let paused = false;
  let lettersShown = "";
  let eventsShown = "";
  let newest = 0;
  let instance = "";

  // A slow link is not to carry what nobody sees.
  const seen = new IntersectionObserver((changes) => changes.forEach((change) => {
    const known = [...tiles.values()].find((each) => each.root === change.target);
    if (known) {
      known.visible = change.isIntersecting;
      load(known);
    }
  }), { rootMargin: "200px" });

  const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });
  const fixed = (value, digits) => (typeof value === "number" ? value.toFixed(digits) : "–");
  const millis = (value) => (value >= 1000 ? fixed(value / 1000, 1) + " s" : fixed(value, 0) + " ms");

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function connection(state, text) {
    const pill = byId("connection");
    if (pill.dataset.state === state && pill.textContent === text) return;
    pill.dataset.state = state;
    pill.textContent = text;
  }

  // ---- bars ----

  function stack(bar, parts) {
    while (bar.childElementCount < parts.length) bar.append(element("i"));
    const whole = parts.reduce((sum, part) => sum + part[1], 0);
    parts.forEach(([name, value], i) => {
      const piece = bar.children[i];
      piece.className = name;
      piece.hidden = value === 0;
      piece.style.width = whole > 0 ? (100 * value) / whole + "%" : "0";
    });
  }

  const svg = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);

  function lane(parent, label, names, height, className) {
    parent.append(element("span", "", label));
    const root = svg("svg");
    root.setAttribute("viewBox", "0 0 " + SECONDS + " " + height);
    root.setAttribute("preserveAspectRatio", "none");
    root.setAttribute("role", "img");
    if (className) root.setAttribute("class", className);
    const paths = names.map((name) => {
      const path = svg("path");
      path.setAttribute("class", name);
      root.append(path);
      return path;
    });
    const mark = svg("path");
    mark.setAttribute("class", "mark");
    root.append(mark);
    parent.append(root);
    return { root, paths, mark, height };
  }

  // Every second is a bar. Tiers fill their lane with shares; frames reach as high as there were many.
  function drawLane(lane, rows, first, most, marks) {
    const paths = lane.paths.map(() => "");
    rows.forEach((row, x) => {
      if (row.length === 0) return;
      const counts = row.slice(first, first + paths.length);
      const whole = counts.reduce((sum, value) => sum + value, 0);
      if (whole === 0) return;
      let y = lane.height;
      counts.forEach((value, i) => {
        if (value === 0) return;
        const high = (lane.height * value) / (most || whole);
        y -= high;
        paths[i] += "M" + (x + 0.06) + " " + y.toFixed(2) + "h.88v" + high.toFixed(2) + "h-.88z";
      });
    });
    lane.paths.forEach((path, i) => path.setAttribute("d", paths[i]));
    lane.mark.setAttribute("d", marks.map((x) => "M" + x.toFixed(2) + " 0h.3v" + lane.height + "h-.3z").join(""));
  }

  // ---- a tile for each source ----

  // A canvas keeps the old frame until the new one is decoded: no flicker between frames.
  function picture(label, className) {
    const made = element("canvas", className);
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", label);
    return made;
  }

  function tile(source) {
    const root = element("article", "panel tile");
    root.dataset.source = source.name;
    const header = element("header");
    const title = element("h3", "", source.name);
    title.title = source.name;
    const degradation = element("span", "badge");
    degradation.hidden = true;
    const chip = element("span", "chip");
    const enlarge = element("button", "", "Enlarge");
    enlarge.type = "button";
    enlarge.setAttribute("aria-pressed", "false");
    enlarge.setAttribute("aria-label", "Enlarge " + source.name);
    enlarge.addEventListener("click", () => {
      const large = root.classList.toggle("large");
      enlarge.setAttribute("aria-pressed", String(large));
    });
    header.append(title, degradation, chip, enlarge);

    const pair = element("div", "pair");
    const under = picture(source.name + ", restored");
    const over = picture(source.name + ", degraded", "over");
    const leftTag = element("span", "tag", "degraded");
    const rightTag = element("span", "tag right", "restored");
    const range = element("input");
    range.type = "range";
    range.min = 0;
    range.max = 100;
    range.value = 50;
    range.setAttribute("aria-label", source.name + ": how much of the degraded frame is shown");
    const slide = () => {
      pair.style.setProperty("--at", range.value + "%");
      range.setAttribute("aria-valuetext", range.value + " percent degraded");
    };
    range.addEventListener("input", slide);
    slide();
    const none = element("p", "none", "no picture yet");
    pair.append(under, over, leftTag, rightTag, element("span", "bar"), none, range);

    const tiers = element("div", "tiers");
    const judged = ["before", "after"].map((what) => {
      const bar = element("div", "stack");
      const best = element("span", "best");
      tiers.append(element("span", "what", what), bar, best);
      return { bar, best };
    });
    tiers.hidden = true;

    const own = element("p", "own");
    const figures = element("p", "figures");
    const reason = element("p", "note");
    const timeline = element("div", "timeline");
    const lanes = [
      lane(timeline, "before", TIERS, 10),
      lane(timeline, "after", TIERS, 10),
      lane(timeline, "frames", OUTCOMES.map((outcome) => outcome[1]), 24, "frames"),
    ];
    const scale = element("span", "scale");
    scale.append(element("span", "", "1 min ago"), element("span", "", "now"));
    timeline.append(scale);
    root.append(header, pair, own, tiers, figures, timeline, reason);

    return { id: source.id, name: source.name, root, degradation, chip, pair, under, over, leftTag, none, tiers, judged, own, figures, reason, lanes, shown: 0, newest: null, loading: false, visible: true };
  }

  function place(made) {
    const parent = byId("sources");
    const next = [...tiles.values()]
      .filter((other) => other.name.localeCompare(made.name, "en", { numeric: true }) > 0)
      .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }))[0];
    parent.insertBefore(made.root, next ? next.root : null);
  }

  function draw(canvas, image) {
    if (canvas.width !== image.naturalWidth || canvas.height !== image.naturalHeight) {
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
    }
    canvas.getContext("2d").drawImage(image, 0, 0);
  }

  // One pair at a time, then the newest: a link that is slower than the pictures shows fewer.
  async function load(known) {
    if (known.loading) return;
    known.loading = true;
    while (!paused && known.visible && tiles.get(known.id) === known && known.newest && known.newest.id !== known.shown) {
      if (!await fetched(known, known.newest)) break; // the next state asks again
    }
    known.loading = false;
  }

  // Both sides change together, once both are there.
  async function fetched(known, shown) {
    const path = "/live/picture/" + known.id + "/" + shown.id + "/";
    const degraded = new Image();
    const restored = new Image();
    degraded.src = path + "degraded";
    restored.src = path + (shown.restored ? "restored" : "degraded");
    try {
      await Promise.all([degraded.decode(), restored.decode()]);
    } catch (gone) {
      return false; // the service keeps the last ones only, and sends few at a time
    }
    if (paused) return false;
    known.shown = shown.id;
    draw(known.under, restored);
    draw(known.over, degraded);
    known.pair.classList.add("has");
    known.pair.classList.toggle("single", !shown.restored);
    known.kind = shown.restored ? "degraded" : "passed through as it came";
    known.time = shown.time;
    set(known.leftTag, known.kind);
    known.root.dataset.picture = shown.id;
    return true;
  }

  function condition(source, now) {
    const silent = now - source.seen;
    if (silent > SILENT_MS) return ["silent", "silent for " + Math.round(silent / 1000) + " s"];
    const recent = source.timeline.slice(-3).reduce((sum, row) => sum.map((value, i) => value + (row[i] || 0)), [0, 0, 0, 0]);
    if (recent[3] > 0) return ["dead", "dead letters"];
    if (recent[2] > 0) return ["shed", "shedding"];
    if (recent[0] === 0 && recent[1] > 0) return ["passed", "passing through"];
    return ["restored", "restoring"];
  }

  function best(tiers) {
    const at = tiers.indexOf(Math.max(...tiers));
    return TIERS[at] + " " + Math.round(100 * tiers[at]) + " %";
  }

  function update(known, source, state, marks) {
    const [kind, text] = condition(source, state.now);
    known.chip.dataset.state = kind;
    set(known.chip, text);
    known.degradation.hidden = !source.degradation;
    set(known.degradation, source.degradation || "");
    set(known.own, (state.extra && state.extra.notes[source.name]) || "");
    known.own.hidden = known.own.textContent === "";
    known.tiers.hidden = !source.before;
    [source.before, source.after].forEach((tiers, i) => {
      stack(known.judged[i].bar, TIERS.map((name, t) => [name, tiers ? tiers[t] : 0]));
      set(known.judged[i].best, tiers ? best(tiers) : "not judged");
    });

    const parts = [["", fixed(source.fps, 1), " frames/s"]];
    if (source.ageMs !== undefined) parts.push(["age ", millis(source.ageMs), ""]);
    if (source.inferMs !== undefined) parts.push(["network ", millis(source.inferMs), ""]);
    OUTCOMES.forEach(([field, , name]) => {
      if (source.outcomes[field] > 0) parts.push(["", count.format(source.outcomes[field]), " " + name]);
    });
    known.figures.replaceChildren(...parts.map(([before, value, after]) => {
      const part = element("span");
      part.append(before, element("b", "", value), after);
      return part;
    }));

    const judgedLately = source.timeline.some((row) => row.length && row[4] + row[5] + row[6] > 0);
    known.lanes.slice(0, 2).forEach((lane) => {
      lane.root.style.display = judgedLately ? "" : "none";
      lane.root.previousElementSibling.hidden = !judgedLately;
    });
    const most = Math.max(4, ...source.timeline.map((row) => row.slice(0, 4).reduce((sum, value) => sum + value, 0)));
    drawLane(known.lanes[0], source.timeline, 4, 0, marks);
    drawLane(known.lanes[1], source.timeline, 7, 0, marks);
    drawLane(known.lanes[2], source.timeline, 0, most, marks);
    const sums = OUTCOMES.map(([, , name], i) => source.timeline.reduce((sum, row) => sum + (row[i] || 0), 0) + " " + name);
    known.lanes[2].root.setAttribute("aria-label", "Last minute: " + sums.join(", "));

    const fresh = source.reason && state.now - source.reasonTime < 60000;
    known.reason.hidden = !fresh;
    set(known.reason, fresh ? clock(source.reasonTime) + "  " + source.reason : "");
    if (known.shown) {
      const age = state.now - known.time;
      set(known.leftTag, known.kind + (age > OLD_PICTURE_MS ? ", " + Math.round(age / 1000) + " s ago" : ""));
    }
    known.newest = source.picture || null;
    load(known);
  }

  function sources(state) {
    const marks = state.events
      .filter((event) => event.kind === "model" && state.now - event.time < SECONDS * 1000)
      .map((event) => SECONDS - (state.now - event.time) / 1000);
    const present = new Set(state.sources.map((source) => source.id));
    for (const [id, known] of tiles) {
      if (!present.has(id)) {
        seen.unobserve(known.root);
        known.root.remove();
        tiles.delete(id);
      }
    }
    state.sources.forEach((source) => {
      let known = tiles.get(source.id);
      if (!known) {
        known = tile(source);
        place(known);
        tiles.set(source.id, known);
        seen.observe(known.root);
      }
      update(known, source, state, marks);
    });
    byId("no-sources").hidden = tiles.size > 0;
  }

  // ---- the instance ----

  function overview(state) {
    set(byId("about"), state.application + " · " + state.topic);
    set(byId("fps"), fixed(state.fps, 1));
    set(byId("fps-note"), state.sources.length + (state.sources.length === 1 ? " source" : " sources")
      + (state.crowded ? ", more than there are tiles for" : "")
      + (state.forgotten > 0 ? ", " + count.format(state.forgotten) + " more had a tile before" : ""));
    stack(byId("outcome-bar"), OUTCOMES.map(([field, name]) => [name, state.outcomes[field]]));
    byId("outcome-legend").replaceChildren(...OUTCOMES.map(([field, name, label]) => {
      const item = element("li");
      item.append(element("i", name), element("b", "", count.format(state.outcomes[field])), " " + label);
      return item;
    }));
    if (state.models.length > 0) {
      const swapped = state.events.some((event) => event.kind === "model" && event.text.includes("exchanged") && state.now - event.time < 20000);
      byId("models").replaceChildren(...state.models.map((model) => {
        const item = element("li", swapped && model.slot !== "shadow" ? "fresh" : "");
        item.append(element("span", "slot", model.slot), element("b", "", model.name), element("span", "version", model.version), element("span", "device", model.device));
        return item;
      }));
    }
    set(byId("waiting"), state.window === undefined ? "–" : count.format(state.window));
    const notes = [];
    if (state.expectedWaitMs !== undefined) notes.push("network free in " + millis(state.expectedWaitMs));
    if (state.maxAgeMs !== undefined) notes.push("shed above " + millis(state.maxAgeMs));
    if (state.picturesDropped > 0) notes.push(count.format(state.picturesDropped) + " pictures left out here");
    if (state.books) notes.push(state.books.balanced ? "books balance" : "BOOKS DO NOT BALANCE");
    set(byId("waiting-note"), notes.join(", "));
  }

  function letters(state) {
    set(byId("letters-count"), count.format(state.outcomes.deadLettered));
    byId("no-letters").hidden = state.letters.length > 0;
    const ids = state.letters.map((letter) => letter.id).join();
    if (ids === lettersShown) return;
    lettersShown = ids;
    byId("letters").replaceChildren(...state.letters.slice().reverse().map((letter) => {
      const item = element("li");
      const bytes = count.format(letter.bytes) + " bytes";
      item.append(element("p", "reason", letter.reason), element("p", "where", clock(letter.time) + " · " + letter.source + " · " + letter.place + " · " + bytes), element("p", "why", letter.message));
      if (letter.picture) {
        const image = new Image();
        image.src = "/live/letter/" + letter.id;
        image.alt = "What the dead letter of " + letter.source + " shows";
        item.append(image);
      } else if (letter.dump) {
        // Without the offsets it fits; there are four lines at most.
        const dump = element("pre", "", letter.dump.replace(/^[0-9a-f]{4} {2}/gm, ""));
        dump.tabIndex = 0;
        dump.setAttribute("aria-label", "First bytes of the dead letter");
        item.append(dump);
      }
      return item;
    }));
  }

  function events(state) {
    const key = state.events.map((event) => event.time + event.text).join();
    if (key === eventsShown) return;
    eventsShown = key;
    byId("events").replaceChildren(...state.events.slice().reverse().map((event) => {
      const item = element("li", event.kind);
      item.append(element("time", "", clock(event.time)), element("span", "", event.kind === "state" ? "service " + event.text : event.text));
      return item;
    }));
    const news = state.events.filter((event) => event.kind === "model" && event.time > newest);
    if (newest > 0 && news.length > 0) set(byId("news"), news[news.length - 1].text);
    newest = Math.max(newest, ...state.events.map((event) => event.time));
  }

  function extra(state) {
    const figures = byId("extra-figures");
    const table = byId("extra-table");
    figures.hidden = !state.extra || state.extra.figures.length === 0;
    table.hidden = !state.extra || state.extra.rows.length === 0;
    byId("message").hidden = !(state.extra && state.extra.message);
    if (!state.extra) return;
    set(byId("message"), state.extra.message || "");
    figures.replaceChildren(...state.extra.figures.map((figure) => {
      const panel = element("div", "panel figure");
      const big = element("p", "big");
      big.append(element("b", "", figure.value), " " + figure.unit);
      panel.append(element("h2", "", figure.name), big, element("p", "note", figure.note));
      return panel;
    }));
    set(byId("extra-title"), state.extra.title);
    const cell = (scope, text) => {
      const made = element(scope ? "th" : "td", "", text);
      if (scope) made.scope = scope;
      return made;
    };
    byId("extra-columns").replaceChildren(...state.extra.columns.map((name) => cell("col", name)));
    byId("extra-rows").replaceChildren(...state.extra.rows.map((cells) => {
      const row = element("tr");
      row.append(...cells.map((text, i) => cell(i === 0 ? "row" : "", text)));
      return row;
    }));
  }

  function render(state) {
    overview(state);
    extra(state);
    sources(state);
    letters(state);
    events(state);
  }

  // ---- the stream ----

  function open() {
    if (stream) stream.close();
    stream = new EventSource("/live/events");
    stream.addEventListener("state", (event) => {
      const state = JSON.parse(event.data);
      // Another process: its numbers of tiles and pictures mean other ones.
      if (instance !== "" && instance !== state.instance) {
        location.reload();
        return;
      }
      instance = state.instance;
      heard = Date.now();
      const runs = state.state === "RUNNING";
      const name = state.state.toLowerCase();
      connection(runs ? "live" : "wait", runs ? (paused ? "live, paused here" : "live") : "service " + name);
      if (!paused) render(state);
    });
    stream.addEventListener("error", () => {
      if (stream && stream.readyState === EventSource.CLOSED) setTimeout(ask, 2000);
    });
  }

  // A stream that was refused: without a pass the form comes, at the limit a word.
  async function ask() {
    try {
      const answer = await fetch("/live/events", { method: "HEAD" });
      if (answer.status === 401) location.reload();
      else if (answer.status === 503) connection("lost", "too many viewers, trying again");
    } catch (away) {
      // The service is away; the timer below says so.
    }
    open();
  }

  setInterval(() => {
    if (heard > 0 && stream && Date.now() - heard > LOST_MS) connection("lost", "connection lost, trying again");
  }, 1000);

  byId("pause").addEventListener("click", () => {
    paused = !paused;
    byId("pause").setAttribute("aria-pressed", String(paused));
    set(byId("pause"), paused ? "Go on" : "Pause");
  });

  // A page that nobody sees wants no pictures.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stream.close();
      stream = null;
    } else {
      open();
    }
  });

  open();
})();
