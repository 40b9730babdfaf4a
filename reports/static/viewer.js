// The page of one image: chooses findings, draws them out, zooms to them, and takes decisions.

const ONLY = "maskaudit:only";

function startViewer(root, first) {
  const stop = new AbortController();
  const on = (node, type, act, options = {}) => node.addEventListener(type, act, { signal: stop.signal, ...options });
  const stage = byId("stage");
  const findings = [...root.querySelectorAll(".finding")];
  const whole = byId("whole");
  const numbers = (value) => (value ? value.split(" ").map(Number) : []);
  const layers = stage ? ["masks", "overlaps", "proposals", "declared", "predicted", "marks"].map((id) => [...byId(id).children]) : [];
  const [masks, ...ofFinding] = stage ? layers : [[]];  // masks, and what is drawn of each finding
  const labels = masks.map(labelOf);
  const boxes = masks.map((mask) => mask.getBBox());
  const corners = boxes.map(({ x, y }) => [x, y]);
  const all = stage ? numbers(stage.getAttribute("viewBox")) : [0, 0, 1, 1];
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const about = findings.map((node) => ({
    fingerprint: node.dataset.print, rule: node.dataset.rule,
    scanDecision: { verdict: node.dataset.decision, note: node.dataset.note },
  }));
  const refreshers = findings.map((node, i) => decider(node.querySelector(".decide"), about[i]));
  const categories = masks.map((mask) => mask.textContent.replace(/^#\S+ /, ""));
  const facets = findings.map((node) => ({
    rule: node.dataset.rule,
    severity: SEVERITIES.find((severity) => node.classList.contains(severity)),
    category: numbers(node.dataset.masks).map((mask) => categories[mask]),
  }));
  const filters = startFilters();
  let view = all;
  let frame = 0;
  let chosen = -1;

  // Labels say what a mask's title says; a crowded page would weigh half as much again with both.
  function labelOf(mask) {
    const label = document.createElementNS("http://www.w3.org/2000/svg", "text");
    label.setAttribute("class", "label");
    if (mask.getAttribute("d")) label.textContent = mask.textContent;
    byId("labels").append(label);
    return label;
  }

  // Labels that would cover each other: of those the first stays, the rest shows under the pointer.
  let spreading = 0;
  function spreadLabels() {
    if (stage.classList.contains("no-labels")) return;
    cancelAnimationFrame(spreading);
    spreading = requestAnimationFrame(() => {
      const size = Number(byId("labels").getAttribute("font-size")) || 12;
      const taken = [];
      const flaggedFirst = [...labels.keys()].sort((a, b) => masks[a].classList.contains("plain") - masks[b].classList.contains("plain"));
      for (const i of flaggedFirst) {
        const [x, y] = corners[i];
        const box = [x, y - 1.2 * size, x + 0.62 * size * labels[i].textContent.length, y + 0.2 * size];
        const covers = taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
        labels[i].classList.toggle("crowded", covers);
        if (!covers) taken.push(box);
      }
    });
  }

  // Where outlines were simplified to keep the page small, finer ones are packed in it. They replace those in view
  // where the difference is a pixel of the screen; elsewhere the small ones come back.
  const shift = Number(stage?.dataset.shift ?? 0);
  const drawnLayers = layers.slice(0, 5).filter((_, at) => at !== 3);  // masks, overlaps, proposals, predicted
  const drawnPaths = shift ? drawnLayers.map((paths) => paths.map((path) => path.getAttribute("d"))) : [];
  let fineLayers = null;
  let refining = 0;
  async function refine() {
    if (!shift || !canUnpack) return;
    cancelAnimationFrame(refining);
    refining = requestAnimationFrame(async () => {
      const isNear = shift * (stage.getScreenCTM()?.a ?? 0) >= 1;
      if (!isNear && !fineLayers) return;
      fineLayers ??= unpack(byId("fine-layers")).then(JSON.parse);
      const fine = await fineLayers;
      if (stop.signal.aborted) return;
      const [left, top, width, height] = view;
      const inView = (box) => box.x < left + width && box.x + box.width > left && box.y < top + height && box.y + box.height > top;
      drawnLayers.forEach((paths, layer) => paths.forEach((path, i) => {
        const useFine = isNear && (layer > 0 || inView(boxes[i]));
        if (useFine === path.hasAttribute("data-fine")) return;
        path.toggleAttribute("data-fine", useFine);
        path.setAttribute("d", (useFine ? fine : drawnPaths)[layer][i]);
      }));
    });
  }

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
      spreadLabels();
      refine();
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

  // Zooms so that the point (x, y) of the image stays where it is; never farther out than the image.
  function zoom(factor, x = view[0] + view[2] / 2, y = view[1] + view[3] / 2) {
    const by = Math.max(Math.min(factor, view[2] / 4), view[2] / (1.25 * all[2]));
    cancelAnimationFrame(frame);
    look([x - (x - view[0]) / by, y - (y - view[1]) / by, view[2] / by, view[3] / by]);
  }

  function inImage(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(stage.getScreenCTM().inverse());
    return [point.x, point.y];
  }

  // Marks what one finding is about; -1 marks nothing.
  function mark(at) {
    if (!stage) return;
    stage.classList.toggle("focused", at >= 0);
    for (const node of [...layers.flat(), ...labels]) node.classList.remove("on", "s0", "s1", "s2");
    labels.forEach((label, i) => place(label, ...corners[i], 0));
    stage.classList.toggle("joins", at >= 0 && findings[at].dataset.rule === "touching.split");
    if (at < 0) return;
    const maskNumbers = numbers(findings[at].dataset.masks);
    const x = Math.min(...maskNumbers.map((mask) => corners[mask][0]));
    const y = Math.min(...maskNumbers.map((mask) => corners[mask][1]));
    maskNumbers.forEach((mask, i) => {
      masks[mask].classList.add("on", `s${i % 3}`);
      labels[mask].classList.add("on", `s${i % 3}`);
      place(labels[mask], x, y, maskNumbers.length - 1 - i);  // stacked, because their boxes often coincide
    });
    for (const layer of ofFinding) layer[at].classList.add("on");
  }

  function frameChosen() {
    if (!stage) return;
    const part = chosen < 0 ? [] : numbers(findings[chosen].dataset.zoom);
    const wide = whole.getAttribute("aria-pressed") === "true";
    move(part.length && !wide ? part : all);
  }

  function address(at) {
    const base = single ? location.hash.split("/").slice(0, 3).join("/") : "";
    const hash = at < 0 ? base || "#" : findingAt(base, at + 1);
    if (hash !== location.hash) history.replaceState(null, "", hash);
  }

  function choose(at, { focus = false } = {}) {
    chosen = at;
    findings.forEach((finding, i) => {
      finding.classList.toggle("chosen", i === at);
      finding.querySelector(".choose").setAttribute("aria-pressed", String(i === at));
    });
    mark(at);
    frameChosen();
    address(at);
    showTrail();
    if (at >= 0 && focus) {
      findings[at].querySelector(".choose").focus({ preventScroll: true });
      findings[at].scrollIntoView({ block: "nearest" });
    }
  }

  // The place that a link names: predictions=x,y,width,height.
  function placeAsked() {
    const box = first.startsWith("predictions=") ? first.slice("predictions=".length).split(",").map(Number) : [];
    return box.length === 4 && box.every(Number.isFinite) && box[2] > 0 && box[3] > 0 ? box : null;
  }

  function toggleWhole() {
    whole.setAttribute("aria-pressed", String(whole.getAttribute("aria-pressed") !== "true"));
    frameChosen();
  }

  const shows = { "show-masks": "no-masks", "show-fill": "no-fill", "show-labels": "no-labels", "show-proposals": "no-proposals", "show-evidence": "no-evidence", "show-predictions": "no-predictions" };
  if (stage && !byId("show-predictions")) delete shows["show-predictions"];
  else if (stage && first.startsWith("predictions")) byId("show-predictions").checked = true;
  function show() {
    if (!stage) return;
    for (const [id, hidden] of Object.entries(shows)) stage.classList.toggle(hidden, !byId(id).checked);
    spreadLabels();
  }
  const flip = (id) => { byId(id).checked = !byId(id).checked; show(); };
  const follow = (id, finding = "") => {
    const link = byId(id);
    if (link) goTo(finding ? findingAt(link.getAttribute("href"), finding) : link.href);
  };
  // Where the reader came from a list or contact sheet, keys stay within it and in its order.
  const trail = readTrail();
  const trailAt = () => (chosen < 0 ? -1 : trail.steps.indexOf(new URL(findingAt(pageAddress(), chosen + 1), location.href).href));
  const pageAddress = () => (single ? location.hash.split("/").slice(0, 3).join("/") : location.href.split("#")[0]);
  function showTrail() {
    const at = trailAt();
    byId("trail").hidden = at < 0;
    if (at < 0) return;
    byId("trail-back").href = trail.back;
    byId("trail-at").textContent = `${thousands(at + 1)} of ${thousands(trail.steps.length)}`;
  }
  function stepOnTrail(by) {
    const to = trail.steps[trailAt() + by];
    if (!to) return;
    const [page, n] = single ? [to.split("/").slice(0, -1).join("/"), to.split("/").at(-1)] : to.split("#finding-");
    if (page === new URL(pageAddress(), location.href).href) choose(Number(n) - 1, { focus: true });
    else goTo(to);
  }

  const step = (by) => {
    if (trailAt() >= 0 && !filters.any()) { stepOnTrail(by); return; }
    let next = chosen < 0 ? (by > 0 ? 0 : findings.length - 1) : chosen + by;
    while (findings[next]?.hidden) next += by;
    if (next >= findings.length) follow("next-image", "1");
    else if (next < 0) follow("previous-image", "last");
    else choose(next, { focus: true });
  };

  // Shows the findings of one rule, severity or category; the choice goes along from image to image.
  function startFilters() {
    const form = root.querySelector(".finding-filters");
    const none = { any: () => false, clear: () => {} };
    if (!form) return none;
    const fields = [...form.querySelectorAll("select")];
    for (const field of fields) {
      const names = [...new Set(facets.flatMap((facet) => facet[field.name]).filter(Boolean))].sort();
      field.append(...names.map((name) => new Option(name, name)));
      field.closest("label").hidden = names.length < 2;
    }
    const apply = () => {
      const asked = fields.filter(({ value }) => value);
      findings.forEach((node, i) => {
        node.hidden = !asked.every(({ name, value }) => [facets[i][name]].flat().includes(value));
      });
      const left = findings.filter((node) => !node.hidden).length;
      byId("findings-left").textContent = asked.length ? `${thousands(left)} of ${thousands(findings.length)} shown` : "";
      form.querySelector("button").hidden = !asked.length;
      try { sessionStorage.setItem(ONLY, JSON.stringify(asked.map(({ name, value }) => [name, value]))); } catch { /* it ends with this image then */ }
    };
    const clear = () => {
      for (const field of fields) field.value = "";
      apply();
    };
    try {
      for (const [name, value] of JSON.parse(sessionStorage.getItem(ONLY) ?? "[]")) {
        const field = form.querySelector(`select[name="${CSS.escape(name)}"]`);
        if (!field) continue;
        // What another image was narrowed to stays on here, also where nothing fits.
        if (![...field.options].some((option) => option.value === value)) field.append(new Option(value, value));
        field.closest("label").hidden = false;
        field.value = value;
      }
    } catch { clear(); }
    on(form, "input", () => {
      apply();
      if (chosen >= 0 && findings[chosen].hidden) choose(findings.findIndex((node) => !node.hidden));
    });
    on(form, "submit", (event) => event.preventDefault());
    on(form.querySelector("button"), "click", clear);
    form.hidden = findings.length < 2 && !fields.some(({ value }) => value);
    apply();
    return { any: () => fields.some(({ value }) => value), clear };
  }
  const say = (verdict) => { if (chosen >= 0) toggleVerdict(about[chosen], verdict); };

  findings.forEach((finding, i) => {
    const button = finding.querySelector(".choose");
    on(button, "click", () => choose(chosen === i ? -1 : i));
    on(button, "focus", () => mark(i));
    on(button, "blur", () => mark(chosen));
    on(finding, "pointerenter", () => mark(i));
    on(finding, "pointerleave", () => mark(chosen));
    on(finding.querySelector(".decide"), "focusin", () => { if (chosen !== i) choose(i); });
  });
  on(document, "decided", () => refreshers.forEach((refresh) => refresh()));
  for (const link of root.querySelectorAll(".about")) {
    on(link, "click", (event) => {
      const manual = root.querySelector(`[id="${link.getAttribute("href").slice(1)}"]`);
      if (!manual) return;
      event.preventDefault();
      manual.open = true;
      manual.scrollIntoView();
    });
  }
  on(whole, "click", toggleWhole);
  on(byId("zoom-in"), "click", () => zoom(1.5));
  on(byId("zoom-out"), "click", () => zoom(1 / 1.5));
  for (const id of Object.keys(shows)) on(byId(id), "change", show);
  for (const id of ["brightness", "contrast"]) {
    const slider = byId(id);
    if (slider) on(slider, "input", () => stage.style.setProperty(`--${id}`, slider.value));
  }
  if (stage) startPointers();
  root.querySelector(".tools").hidden = false;
  show();
  if (stage) {
    look(placeAsked() ?? all);
    mark(-1);
    on(window, "resize", () => look(view));
  }
  let start = first === "last" ? findings.length - 1 : Number(first) - 1;
  if (findings[start]?.hidden) {
    // Walking on from another image: the first or last that fits. A link to one finding shows it in any case.
    const fitting = [...findings.keys()].filter((i) => !findings[i].hidden);
    const walked = (first === "last" || first === "1") && trailAt() < 0 && fitting.length;
    if (walked) start = first === "last" ? fitting.at(-1) : fitting[0];
    else filters.clear();
  }
  if (start >= 0 && start < findings.length) {
    choose(start, { focus: true });
    // The browser goes to the finding that the address names, and with it the heading out of sight: which image this
    // is, and the way back to the list. It does so until all is loaded.
    const showHeading = () => {
      window.scrollTo(0, 0);
      findings[start].scrollIntoView({ block: "nearest" });
    };
    showHeading();
    if (document.readyState !== "complete") on(window, "load", () => requestAnimationFrame(showHeading), { once: true });
  }
  setKeys({
    j: () => step(1), k: () => step(-1),
    ArrowRight: () => follow("next-image"), ArrowLeft: () => follow("previous-image"),
    n: () => follow("next-image"), p: () => follow("previous-image"),
    1: () => say("real"), 2: () => say("fine"), 3: () => say("unsure"),
    e: () => { if (chosen >= 0) findings[chosen].querySelector(".note-text").focus(); },
    w: toggleWhole,
    "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5),
    b: () => flip("show-proposals"), o: () => flip("show-evidence"),
    m: () => flip("show-masks"), f: () => flip("show-fill"), l: () => flip("show-labels"),
    Escape: () => choose(-1),
  });
  return () => { stop.abort(); cancelAnimationFrame(frame); };

  // Dragging moves the picture, two fingers and the wheel with Ctrl zoom it, a click chooses a mask's finding.
  function startPointers() {
    const held = new Map();
    let moved = false;
    // The wheel alone scrolls the page, as everywhere; who turns it over the picture is told what zooms.
    const hint = byId("zoom-hint");
    let hiding = 0;
    on(stage, "wheel", (event) => {
      clearTimeout(hiding);
      if (!event.ctrlKey && !event.metaKey) {
        hint.classList.add("on");
        hiding = setTimeout(() => hint.classList.remove("on"), 1500);
        return;
      }
      hint.classList.remove("on");
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 200), ...inImage(event));
    }, { passive: false });
    on(stage, "dblclick", (event) => zoom(event.shiftKey ? 0.5 : 2, ...inImage(event)));
    on(stage, "pointerdown", (event) => {
      if (!held.size) moved = false;
      held.set(event.pointerId, event);
    });
    on(window, "pointermove", (event) => {
      const before = held.get(event.pointerId);
      if (!before || (!moved && Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY) < 4)) return;
      moved = true;
      cancelAnimationFrame(frame);
      const [second] = [...held.values()].filter((pointer) => pointer.pointerId !== event.pointerId);
      if (second) {
        const distance = (pointer) => Math.hypot(pointer.clientX - second.clientX, pointer.clientY - second.clientY);
        zoom(distance(event) / Math.max(distance(before), 1), ...inImage(second));
      } else {
        const [x, y] = inImage(event);
        const [x0, y0] = inImage(before);
        look([view[0] + x0 - x, view[1] + y0 - y, view[2], view[3]]);
      }
      held.set(event.pointerId, event);
    });
    for (const type of ["pointerup", "pointercancel"]) on(window, type, (event) => held.delete(event.pointerId));
    masks.forEach((mask, i) => {
      on(mask, "pointerenter", () => labels[i].classList.add("under"));
      on(mask, "pointerleave", () => labels[i].classList.remove("under"));
      on(mask, "click", () => {
        if (moved) return;
        const maskFindings = findings.map((_, at) => at).filter((at) => numbers(findings[at].dataset.masks).includes(i));
        if (maskFindings.length) choose(maskFindings[(maskFindings.indexOf(chosen) + 1) % maskFindings.length], { focus: true });
      });
    });
  }
}
