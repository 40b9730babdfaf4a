"use strict";
// The whole script of a report: a filtered list on the dataset page, a viewer on image pages.
// Texts reach the page only through textContent, styles only through classes and attributes.

const byId = (id) => document.getElementById(id);

function startList() {
  const data = JSON.parse(byId("data").textContent);
  const severities = ["error", "warning", "info"];
  const perPage = 20;
  const rule = byId("filter-rule");
  const severity = byId("filter-severity");
  const text = byId("filter-text");
  const rows = data.rows.map(([rank, ruleAt, fileAt, place, message, ids, categories]) => {
    const file = fileAt < 0 ? ["", ""] : data.files[fileAt];
    const words = [message, file[0], ids.join(" "), categories.join(" "), data.rules[ruleAt].join(" ")];
    return {
      severity: severities[rank], rule: data.rules[ruleAt], file, place, message, ids, categories,
      text: words.join(" ").toLowerCase(),
    };
  });
  let shown = rows;
  let page = 0;

  for (const [id, title] of data.rules) rule.append(new Option(`${title} (${id})`, id));

  function element(name, className, content) {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (content !== undefined) node.textContent = content;
    return node;
  }

  function line(row) {
    const tr = document.createElement("tr");
    const cell = (...children) => { const td = element("td"); td.append(...children); tr.append(td); };
    cell(element("span", `chip ${row.severity}`, row.severity));
    cell(element("span", "message", row.message), element("code", "", row.rule[0]));
    if (row.file[1]) {
      const link = element("a", "wrapped", row.file[0]);
      link.href = row.place < 0 ? row.file[1] : `${row.file[1]}#finding-${row.place + 1}`;
      cell(link);
    } else cell(element("span", "wrapped", row.file[0]));
    cell(
      element("span", "", row.ids.map((id) => `#${id}`).join(" ")),
      element("span", "quiet", row.categories.join(", ")),
    );
    return tr;
  }

  function draw() {
    const pages = Math.max(1, Math.ceil(shown.length / perPage));
    page = Math.min(Math.max(page, 0), pages - 1);
    byId("list").replaceChildren(...shown.slice(page * perPage, (page + 1) * perPage).map(line));
    byId("listed").textContent = shown.length === rows.length
      ? `${rows.length.toLocaleString("en")} findings`
      : `${shown.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} findings`;
    byId("page-now").textContent = `page ${page + 1} of ${pages}`;
    byId("page-back").disabled = page === 0;
    byId("page-on").disabled = page === pages - 1;
    document.querySelector(".pager").hidden = pages === 1;
  }

  function filter() {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = rows.filter((row) =>
      (!rule.value || row.rule[0] === rule.value) &&
      (!severity.value || row.severity === severity.value) &&
      words.every((word) => row.text.includes(word)));
    page = 0;
    draw();
  }

  function turn(step) { page += step; draw(); byId("findings").scrollIntoView(); }

  for (const input of [rule, severity, text]) input.addEventListener("input", filter);
  byId("filter-clear").addEventListener("click", () => {
    rule.value = severity.value = text.value = "";
    filter();
  });
  byId("page-back").addEventListener("click", () => turn(-1));
  byId("page-on").addEventListener("click", () => turn(1));
  for (const link of document.querySelectorAll("a.filter")) {
    link.addEventListener("click", () => {
      rule.value = link.dataset.rule;
      severity.value = link.dataset.severity;
      text.value = "";
      filter();
    });
  }
  document.querySelector(".filters").hidden = false;
  filter();
}

function startViewer() {
  const stage = byId("stage");
  const findings = [...document.querySelectorAll(".finding")];
  const whole = byId("whole");
  const numbers = (value) => (value ? value.split(" ").map(Number) : []);
  const layers = stage ? ["masks", "overlaps", "declared", "labels"].map((id) => [...byId(id).children]) : [];
  const [masks, overlaps, declared, labels] = stage ? layers : [[], [], [], []];
  const corners = labels.map((label) => [Number(label.getAttribute("x")), Number(label.getAttribute("y"))]);
  const all = stage ? numbers(stage.getAttribute("viewBox")) : [0, 0, 1, 1];
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let view = all;
  let frame = 0;
  let chosen = -1;

  function place(label, x, y, lines) {
    label.setAttribute("x", x);
    label.setAttribute("y", y);
    label.setAttribute("dy", `${-0.35 - 1.25 * lines}em`);
  }

  function look(box) {
    view = box;
    stage.setAttribute("viewBox", box.join(" "));
    const scale = stage.getScreenCTM();
    if (scale && scale.a > 0) {
      byId("labels").setAttribute("font-size", 12 / scale.a);
      stage.classList.toggle("pixels", scale.a > 3);
    }
  }

  function move(to) {
    cancelAnimationFrame(frame);
    const from = view;
    if (calm.matches) { look(to); return; }
    let begun = null;
    const step = (now) => {
      begun ??= now;
      const t = Math.min((now - begun) / 180, 1);
      const ease = t * (2 - t);
      look(t < 1 ? from.map((v, i) => v + (to[i] - v) * ease) : to);
      if (t < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
  }

  // Marks what one finding is about; -1 marks nothing.
  function mark(at) {
    if (!stage) return;
    stage.classList.toggle("focused", at >= 0);
    for (const node of layers.flat()) node.classList.remove("on", "s0", "s1", "s2");
    labels.forEach((label, i) => place(label, ...corners[i], 0));
    if (at < 0) return;
    const about = numbers(findings[at].dataset.masks);
    const x = Math.min(...about.map((mask) => corners[mask][0]));
    const y = Math.min(...about.map((mask) => corners[mask][1]));
    about.forEach((mask, i) => {
      masks[mask].classList.add("on", `s${i % 3}`);
      labels[mask].classList.add("on", `s${i % 3}`);
      place(labels[mask], x, y, about.length - 1 - i);  // stacked, because their boxes often coincide
    });
    overlaps[at].classList.add("on");
    declared[at].classList.add("on");
  }

  function frameChosen() {
    if (!stage) return;
    const zoom = chosen < 0 ? [] : numbers(findings[chosen].dataset.zoom);
    const wide = whole.getAttribute("aria-pressed") === "true";
    move(zoom.length && !wide ? zoom : all);
  }

  function choose(at, { focus = false } = {}) {
    chosen = at;
    findings.forEach((finding, i) => {
      finding.classList.toggle("chosen", i === at);
      finding.querySelector(".choose").setAttribute("aria-pressed", String(i === at));
    });
    mark(at);
    frameChosen();
    if (at >= 0 && focus) {
      findings[at].querySelector(".choose").focus({ preventScroll: true });
      findings[at].scrollIntoView({ block: "nearest" });
    }
  }

  function toggleWhole() {
    whole.setAttribute("aria-pressed", String(whole.getAttribute("aria-pressed") !== "true"));
    frameChosen();
  }

  const shows = { "show-masks": "no-masks", "show-fill": "no-fill", "show-labels": "no-labels" };
  function show() {
    if (!stage) return;
    for (const [id, hidden] of Object.entries(shows)) stage.classList.toggle(hidden, !byId(id).checked);
  }
  const flip = (id) => { byId(id).checked = !byId(id).checked; show(); };
  const follow = (id) => { const link = byId(id); if (link) link.click(); };
  const step = (by) => {
    if (!findings.length) return;
    const next = chosen < 0 ? (by > 0 ? 0 : findings.length - 1) : chosen + by;
    choose(Math.min(Math.max(next, 0), findings.length - 1), { focus: true });
  };

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    n: () => follow("next-image"),
    p: () => follow("previous-image"),
    ArrowRight: () => follow("next-image"),
    ArrowLeft: () => follow("previous-image"),
    w: toggleWhole,
    m: () => flip("show-masks"),
    f: () => flip("show-fill"),
    l: () => flip("show-labels"),
    Escape: () => choose(-1),
    "?": () => { const help = document.querySelector(".keys"); help.open = !help.open; },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    event.preventDefault();
    keys[event.key]();
  });

  findings.forEach((finding, i) => {
    const button = finding.querySelector(".choose");
    button.addEventListener("click", () => choose(chosen === i ? -1 : i));
    button.addEventListener("focus", () => mark(i));
    button.addEventListener("blur", () => mark(chosen));
    finding.addEventListener("pointerenter", () => mark(i));
    finding.addEventListener("pointerleave", () => mark(chosen));
  });
  masks.forEach((mask, i) => {
    mask.addEventListener("click", () => {
      const about = findings.map((f, at) => at).filter((at) => numbers(findings[at].dataset.masks).includes(i));
      if (about.length) choose(about[(about.indexOf(chosen) + 1) % about.length], { focus: true });
    });
  });
  for (const link of document.querySelectorAll(".pointer a")) {
    link.addEventListener("click", () => {
      const manual = byId(link.getAttribute("href").slice(1));
      if (manual) manual.open = true;
    });
  }
  whole.addEventListener("click", toggleWhole);
  for (const id of Object.keys(shows)) byId(id).addEventListener("change", show);
  document.querySelector(".tools").hidden = false;
  show();
  if (stage) {
    look(all);
    window.addEventListener("resize", () => look(view));
  }
  const asked = /^#finding-(\d+)$/.exec(location.hash);
  const first = asked ? Number(asked[1]) - 1 : -1;
  if (first >= 0 && first < findings.length) choose(first, { focus: true });
}

if (document.body.dataset.page === "index") startList();
else startViewer();
