// The contact sheet: a small picture of every finding that the filters leave, decided by keys on the spot.
// Tiles are made a screenful at a time, and their pictures come in files of some dozen, so thousands cost
// nothing before a reader scrolls to them.

const TILES_A_BATCH = 48;
const TILE_SIZES = [120, 160, 210, 280, 400];
const SVG = "http://www.w3.org/2000/svg";

// Pictures by file: in a folder a script that announces them, in one file an element that holds them.
const cropFiles = new Map();
const cropWaiting = new Map();
document.addEventListener("crops", ({ detail: [number, crops] }) => cropWaiting.get(number)?.(crops));

function loadCrops(number) {
  if (!cropFiles.has(number)) {
    cropFiles.set(number, new Promise((resolve) => {
      const held = byId(`crops-${number}`);
      if (held) { resolve(JSON.parse(held.textContent)); return; }
      const script = element("script");
      cropWaiting.set(number, resolve);
      script.src = `crops/${String(number).padStart(6, "0")}.js`;
      script.addEventListener("error", () => resolve([]));
      document.head.append(script);
    }));
  }
  return cropFiles.get(number);
}

function svgElement(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

// The middle of a long name tells least: its end tells pictures of one series apart.
const LONGEST_NAME = 40;
function shorten(name) {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME / 2)}…${name.slice(1 - LONGEST_NAME / 2)}` : name;
}

function drawCrop([x, y, width, height, picture, shapes], name) {
  const svg = svgElement("svg", { class: picture ? "spot" : "spot bare", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name });
  if (picture) {
    svg.append(svgElement("image", { href: `data:image/webp;base64,${picture}`, width, height, preserveAspectRatio: "none" }));
    if (Math.max(width, height) < 70) svg.classList.add("pixels");
  }
  for (const [kind, d] of shapes) svg.append(svgElement("path", { class: kind, d }));
  return svg;
}

// `source` tells about findings by number: finding, message, file, who, address, link, rule, verdict.
function startGallery(source, { changed, open }) {
  const sheet = byId("sheet");
  const bar = byId("picked");
  const end = byId("sheet-end");
  let shown = [];
  let tiles = [];  // those made so far, one a finding of `shown`
  let active = -1;
  let picked = new Set();  // places in `shown`
  let lastPicked = -1;
  let undone = [];
  let size = 2;
  let asked = 0;

  function tile(at) {
    const i = shown[at];
    const node = element("li", "shot");
    const frame = element("div", "frame");
    const text = element("p", "what");
    const address = source.address(i);
    const message = element(address ? "a" : "span", "", unbroken(source.message(i)));
    if (address) {
      message.href = address;
      message.addEventListener("click", (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        open(i, at);
      });
    }
    text.append(message);
    text.title = source.message(i);  // three lines are shown
    const box = element("input", "pick");
    box.type = "checkbox";
    box.setAttribute("aria-label", `Select ${source.who(i)}`);
    box.addEventListener("click", (event) => pick(at, box.checked, event.shiftKey));
    const where = element("p", "where quiet", shorten(source.who(i)));
    where.title = source.who(i);
    if (source.link(i)) where.append(" ", toolLink(source.link(i)));
    const { group, refresh: press } = verdictButtons((verdict) => {
      const finding = source.finding(i);
      say([at], source.verdict(i) === verdict ? "" : verdict, finding);
    }, SHORT);
    const { note, refresh: refreshNote } = noteField(source.finding(i));
    // Written where the reader decides; Enter gives the keys back to the sheet.
    note.addEventListener("keydown", (event) => { if (event.key === "Enter") node.focus(); });
    node.append(frame, box, text, where, group, note);
    node.tabIndex = -1;
    node.addEventListener("focusin", () => mark(at));
    frame.addEventListener("click", (event) => {
      node.focus();
      if (event.shiftKey) pick(at, true, true);
    });
    frame.addEventListener("dblclick", () => { if (address) open(i, at); });
    const refresh = () => {
      const verdict = source.verdict(i);
      refreshNote();
      node.classList.toggle("noted", note.value !== "");
      if (node.dataset.verdict === verdict) return;
      node.dataset.verdict = verdict;
      press(verdict);
    };
    refresh();
    const crop = source.crop(i);
    if (crop) {
      const turn = asked;
      loadCrops(crop[0]).then((crops) => {
        if (turn !== asked) return;
        if (crops[crop[1]]) frame.replaceChildren(drawCrop(crops[crop[1]], source.message(i)));
        else frame.textContent = "the picture is missing";
      });
    } else {
      frame.classList.add("none");
      frame.textContent = source.file(i) ? "no picture" : "about the whole dataset";
    }
    return { node, box, refresh };
  }

  // Makes tiles until there are so many.
  function make(count) {
    const added = [];
    while (tiles.length < Math.min(count, shown.length)) {
      const made = tile(tiles.length);
      tiles.push(made);
      added.push(made.node);
    }
    sheet.append(...added);
    end.hidden = tiles.length >= shown.length;
  }

  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) more();
  }, { rootMargin: "1200px" }).observe(end);
  function more() {
    if (end.hidden) return;
    make(tiles.length + TILES_A_BATCH);
    // The observer speaks when the end comes into sight; on a large screen it may never have left it.
    requestAnimationFrame(() => { if (!end.hidden && end.getBoundingClientRect().top < window.innerHeight + 600) more(); });
  }

  function choose(at) {
    tiles[active]?.node.classList.remove("chosen");
    if (tiles[active]) tiles[active].node.tabIndex = -1;
    active = at;
    if (!tiles[at]) return;
    tiles[at].node.classList.add("chosen");
    tiles[at].node.tabIndex = 0;
  }

  function mark(at) {
    choose(at);
    if (tiles[at]) changed(at);
  }

  function go(at) {
    if (!shown.length) return;
    const to = Math.min(Math.max(at, 0), shown.length - 1);
    make(Math.max(to + TILES_A_BATCH / 2, tiles.length));
    tiles[to].node.focus({ preventScroll: true });
    mark(to);
    tiles[to].node.scrollIntoView({ block: "nearest" });
  }

  const columns = () => {
    const top = tiles[0]?.node.offsetTop;
    const next = tiles.findIndex(({ node }) => node.offsetTop !== top);
    return next < 0 ? Math.max(tiles.length, 1) : next;
  };

  function pick(at, on, range = false) {
    const from = range && lastPicked >= 0 ? Math.min(lastPicked, at) : at;
    for (let k = from; k <= (range ? Math.max(lastPicked, at) : at); k += 1) {
      if (on) picked.add(k); else picked.delete(k);
    }
    lastPicked = at;
    showPicked();
  }

  function showPicked() {
    tiles.forEach(({ node, box }, at) => {
      const on = picked.has(at);
      if (box.checked !== on) box.checked = on;
      node.classList.toggle("in", on);
    });
    bar.hidden = !picked.size;
    byId("picked-count").textContent = `${thousands(picked.size)} selected`;
  }

  function say(places, verdict) {
    undone.push({ before: decideAll(places.map((at) => source.finding(shown[at])), verdict), at: places[0] });
  }

  // The next one that nobody has decided about, else the next.
  function onward(from) {
    for (let at = from + 1; at < shown.length; at += 1) if (!source.verdict(shown[at])) { go(at); return; }
    go(from + 1);
  }

  function decidePicked(verdict) {
    if (picked.size) {
      const places = [...picked].sort((a, b) => a - b);
      say(places, verdict);
      clear();
      if (active < 0) go(places[0]);
    } else if (active >= 0) {
      const from = active;
      say([from], verdict);
      onward(from);
    }
  }

  function clear() {
    picked = new Set();
    lastPicked = -1;
    showPicked();
  }

  function undo() {
    const last = undone.pop();
    if (!last) return;
    takeBack(last.before);
    go(last.at);
  }

  function pickOpen() {
    shown.forEach((i, at) => { if (!source.verdict(i)) picked.add(at); });
    showPicked();
  }

  function resize(by) {
    size = Math.min(Math.max(size + by, 0), TILE_SIZES.length - 1);
    sheet.style.setProperty("--tile", `${TILE_SIZES[size]}px`);
  }

  function outlines() {
    byId("sheet-outlines").checked = !byId("sheet-outlines").checked;
    showOutlines();
  }
  const showOutlines = () => sheet.classList.toggle("no-outlines", !byId("sheet-outlines").checked);

  function draw(list, at = -1) {
    shown = list;
    tiles = [];
    picked = new Set();
    lastPicked = -1;
    undone = [];
    active = -1;
    asked += 1;
    sheet.replaceChildren();
    make(TILES_A_BATCH);
    showPicked();
    // Keys work from the start, on the first one; the page stays where it is, and a field that is typed in keeps its keys.
    if (at >= 0) go(at);
    else if (tiles.length) choose(0);
  }

  byId("sheet-outlines").addEventListener("change", showOutlines);
  byId("tile-larger").addEventListener("click", () => resize(1));
  byId("tile-smaller").addEventListener("click", () => resize(-1));
  byId("pick-open").addEventListener("click", pickOpen);
  byId("undo").addEventListener("click", undo);
  byId("picked-clear").addEventListener("click", clear);
  for (const [verdict] of VERDICTS) byId(`picked-${verdict}`).addEventListener("click", () => decidePicked(verdict));

  return {
    draw,
    active: () => active,
    refresh: () => tiles.forEach((each) => each.refresh()),
    makeAll: () => make(shown.length),
    loadAll: () => {
      make(shown.length);
      const numbers = new Set(shown.map(source.crop).filter(Boolean).map(([number]) => number));
      return Promise.all([...numbers].map(loadCrops));
    },
    keys: {
      j: () => go(active + 1), k: () => go(active - 1),
      ArrowRight: () => go(active + 1), ArrowLeft: () => go(active - 1),
      ArrowDown: () => go(active < 0 ? 0 : active + columns()), ArrowUp: () => go(active - columns()),
      Home: () => go(0), End: () => go(shown.length - 1),
      1: () => decidePicked("real"), 2: () => decidePicked("fine"), 3: () => decidePicked("unsure"),
      x: () => { if (active >= 0) { pick(active, !picked.has(active)); go(active + 1); } },
      e: () => tiles[active]?.node.querySelector(".note-text").focus(),
      a: pickOpen, u: undo, m: outlines, Escape: clear,
      "+": () => resize(1), "=": () => resize(1), "-": () => resize(-1),
      Enter: () => { if (active >= 0 && source.address(shown[active])) open(shown[active], active); },
    },
  };
}
