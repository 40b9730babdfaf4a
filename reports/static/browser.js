// The findings browser: filters and sorts columns of numbers, and shows what is left as a list, a page of rows
// at a time, or as a contact sheet.

const SEVERITIES = ["error", "warning", "info"];
const PER_PAGE = 25;
const PRINTED = 2000;  // rows or crops of a printed list
const FIELDS = ["q", "rule", "severity", "category", "image", "source", "group", "score", "said", "sort"];

// Numbers of findings by weight (four digits behind the point), then as listed. Weight and number go into one
// number each, since a typed array sorts ten times as fast as a comparison function.
function heaviestFirst(weights) {
  const room = 2 ** 24;
  const keys = new Float64Array(weights.length);
  for (let i = 0; i < keys.length; i += 1) keys[i] = i - Math.round(weights[i] * 10000) * room;
  keys.sort();
  const order = new Int32Array(keys.length);
  for (let k = 0; k < keys.length; k += 1) order[k] = ((keys[k] % room) + room) % room;
  return order;
}

async function startBrowser() {
  if (!canUnpack) {
    byId("listed").textContent = "This browser is too old for the list; findings.csv holds the same findings.";
    return null;
  }
  const data = JSON.parse(await unpack(byId("data")));
  const count = data.severity.length;
  const fields = new Map(FIELDS.map((name) => [name, byId(`filter-${name}`)]).filter(([, node]) => node));
  const list = byId("list");
  let shown = [];
  let page = 0;
  let active = -1;
  let refreshers = [];
  let texts = null;
  let inPictures = false;
  let perPage = PER_PAGE;

  const signatureOf = (print) => {
    const [reviewer = "", date = ""] = data.signed[print] ?? [];
    return { reviewer, date };
  };
  const finding = (i) => ({
    fingerprint: data.print[i], rule: data.rules[data.rule[i]][0],
    file_name: fileOf(i)[0], annotation_ids: data.ids[i],
    scanDecision: { verdict: data.decision[i], note: data.note[i], ...signatureOf(data.print[i]) },
  });
  const fileOf = (i) => (data.file[i] < 0 ? ["", ""] : data.files[data.file[i]]);
  const addressOf = (i) => {
    const address = fileOf(i)[1];
    return address && data.place[i] >= 0 ? findingAt(address, data.place[i] + 1) : address;
  };
  const sentences = data.sentences.map((sentence) => sentence.split("\0"));
  function messageOf(i) {
    const numbers = data.numbers[i].split(" ");
    return sentences[data.sentence[i]].map((part, k) => (k ? numbers[k - 1] + part : part)).join("");
  }
  const verdictOf = (i) => (storedDecisions.size ? storedDecisions.get(data.print[i])?.verdict : undefined) ?? data.decision[i];

  function textOf(i) {
    const [id, title] = data.rules[data.rule[i]];
    const categories = data.cats[i].map((c) => data.categories[c]).join(" ");
    return `${messageOf(i)}\n${fileOf(i)[0]}\n${id} ${title}\n${categories}\n${data.ids[i].join(" ")}`.toLowerCase();
  }

  const { compare } = new Intl.Collator("en", { numeric: true });
  function fill(select, names) {
    for (const [value, name] of names) select.append(new Option(name, value));
  }
  const used = new Set(data.rule);
  const ids = data.rules.filter((_, at) => used.has(at));
  const families = Map.groupBy ? Map.groupBy(ids, ([id]) => id.split(".")[0]) : new Map();
  fill(fields.get("rule"), [...families].filter(([, members]) => members.length > 1).map(([f]) => [f, `${f}: all`]));
  fill(fields.get("rule"), ids.map(([id, title]) => [id, `${id}: ${title}`]));
  fill(fields.get("category"), [...data.categories].sort(compare).map((name) => [name, name]));
  if (fields.has("group")) fill(fields.get("group"), data.groups.map((name) => [name, name]));
  if (fields.has("source")) fill(fields.get("source"), data.sources.map((name) => [name, name]));

  // Names are compared once, not a hundred thousand times, and not before somebody sorts by them.
  function ranks(names) {
    let rank = null;
    return (at) => {
      if (!rank) {
        rank = new Int32Array(names.length);
        [...names.keys()].sort((a, b) => compare(names[a], names[b])).forEach((place, k) => { rank[place] = k; });
      }
      return rank[at] ?? -1;
    };
  }
  const fileRank = ranks(data.files.map(([name]) => name));
  const categoryRank = ranks(data.categories);
  // The default: importance of the rule times score.
  const byWeight = heaviestFirst(data.weight);
  const orders = new Map(Object.entries({
    severity: (a, b) => a - b,
    score: (a, b) => data.score[a] - data.score[b] || a - b,
    "-score": (a, b) => data.score[b] - data.score[a] || a - b,
    rule: (a, b) => data.rule[a] - data.rule[b] || a - b,
    image: (a, b) => fileRank(data.file[a]) - fileRank(data.file[b]) || a - b,
    category: (a, b) => categoryRank(data.cats[a][0]) - categoryRank(data.cats[b][0]) || a - b,
  }));

  function tests(value) {
    const conditions = [];
    if (value.severity) conditions.push((i) => SEVERITIES[data.severity[i]] === value.severity);
    if (value.rule) {
      const fits = data.rules.map(([id]) => id === value.rule || id.startsWith(`${value.rule}.`));
      conditions.push((i) => fits[data.rule[i]]);
    }
    if (value.category) {
      const at = data.categories.indexOf(value.category);
      conditions.push((i) => data.cats[i].includes(at));
    }
    if (value.source) {
      const at = data.sources.indexOf(value.source);
      conditions.push((i) => data.source[i] === at);
    }
    if (value.group) {
      const at = data.groups.indexOf(value.group);
      conditions.push((i) => data.group[i] === at);
    }
    if (value.image) {
      const part = value.image.toLowerCase();
      const fits = data.files.map(([name]) => name.toLowerCase().includes(part));
      conditions.push((i) => data.file[i] >= 0 && fits[data.file[i]]);
    }
    if (Number(value.score)) conditions.push((i) => data.score[i] >= Number(value.score));
    if (value.said) conditions.push((i) => (value.said === "open" ? !verdictOf(i) : verdictOf(i) === value.said));
    const words = (value.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) {
      texts ??= Array.from({ length: count }, (_, i) => textOf(i));
      conditions.push((i) => words.every((word) => texts[i].includes(word)));
    }
    return conditions;
  }

  function values() {
    // What is typed is trimmed; a category's name may begin with a space.
    return Object.fromEntries([...fields].map(([name, node]) => [name, node.matches("select") ? node.value : node.value.trim()]));
  }

  function filter() {
    const value = values();
    const all = tests(value);
    shown = [];
    for (const i of byWeight) if (all.every((test) => test(i))) shown.push(i);
    if (orders.has(value.sort)) shown.sort(orders.get(value.sort));
  }

  function line(i, at) {
    const [id, title] = data.rules[data.rule[i]];
    const row = element("li", "row");
    row.tabIndex = at === Math.max(active, 0) ? 0 : -1;
    const head = element("div", "row-head");
    head.append(element("span", `chip ${SEVERITIES[data.severity[i]]}`, SEVERITIES[data.severity[i]]));
    const rule = element("code", "", id);
    rule.title = title;
    head.append(rule);
    const address = addressOf(i);
    const message = element(address ? "a" : "span", "message", unbroken(messageOf(i)));
    if (address) {
      message.href = address;
      message.addEventListener("click", leave);
    }
    const who = element("div", "row-who quiet");
    if (fileOf(i)[0]) who.append(element("span", "wrapped", fileOf(i)[0]));
    if (data.ids[i].length) who.append(element("span", "", data.ids[i].map((n) => `#${n}`).join(" ")));
    if (data.cats[i].length) who.append(element("span", "", data.cats[i].map((c) => data.categories[c]).join(", ")));
    who.append(element("span", "", `score ${data.score[i]}`));
    if (data.link[i]) who.append(toolLink(data.link[i]));
    const decision = element("div", "decide");
    row.append(head, message, who, decision);
    refreshers.push(decider(decision, finding(i)));
    row.addEventListener("focusin", () => mark(at));
    return row;
  }

  function mark(at) {
    active = at;
    [...list.children].forEach((row, k) => {
      row.classList.toggle("chosen", k === at);
      row.tabIndex = k === Math.max(at, 0) ? 0 : -1;
    });
  }

  function progress() {
    const done = data.rules.map(() => 0);
    const isDecided = new Uint8Array(count);
    let decided = 0;
    for (let i = 0; i < count; i += 1) {
      if (verdictOf(i)) { isDecided[i] = 1; decided += 1; done[data.rule[i]] += 1; }
    }
    const lost = canStore ? "" : "; this browser does not keep decisions, so export them before you leave";
    byId("reviewed").textContent = `${thousands(decided)} of ${thousands(count)} reviewed${lost}`;
    for (const [at, button] of sheetButtons) {
      button.querySelector("b").textContent = `${thousands(done[at])}/${thousands(found[at])}`;
      button.classList.toggle("done", done[at] === found[at]);
    }
    const left = shown.reduce((sum, i) => sum + 1 - isDecided[i], 0);
    byId("sheet-done").max = Math.max(shown.length, 1);
    byId("sheet-done").value = shown.length - left;
    for (const node of document.querySelectorAll(".sheetbar, .keyhint")) node.hidden = !shown.length;
    byId("sheet-left").textContent = left
      ? `${thousands(shown.length - left)} of ${thousands(shown.length)} decided here`
      : `all ${thousands(shown.length)} decided`;
  }

  const found = data.rules.map(() => 0);
  for (const rule of data.rule) found[rule] += 1;

  // A button a rule, the rule with the weightiest finding first.
  const sheetButtons = new Map();
  for (const i of byWeight) {
    const at = data.rule[i];
    if (sheetButtons.has(at)) continue;
    const button = element("button", "", `${data.rules[at][1]} `);
    button.type = "button";
    button.append(element("b"));
    button.addEventListener("click", () => {
      fields.get("rule").value = fields.get("rule").value === data.rules[at][0] ? "" : data.rules[at][0];
      fields.get("severity").value = "";
      update();
    });
    sheetButtons.set(at, button);
  }
  byId("sheets").append(...sheetButtons.values());

  const leave = () => keepTrail(shown.filter((i) => addressOf(i) && data.place[i] >= 0).map(addressOf));

  const cropsAFile = data.cropsAFile;
  const gallery = startGallery({
    finding, message: messageOf, address: addressOf, verdict: verdictOf,
    file: (i) => fileOf(i)[0], link: (i) => data.link[i],
    who: (i) => [...data.ids[i].slice(0, 3).map((n) => `#${n}`), fileOf(i)[0]].filter(Boolean).join(" ") || data.rules[data.rule[i]][1],
    crop: (i) => (data.crop[i] < 0 ? null : [Math.floor(data.crop[i] / cropsAFile), data.crop[i] % cropsAFile]),
  }, {
    changed: (at) => keepState(at),
    open: (i, at) => { keepState(at); leave(); goTo(addressOf(i)); },
  });

  function showSheet(at = -1) {
    const value = values();
    const rule = data.rules.find(([id]) => id === value.rule);
    const narrowed = [rule?.[1], value.category, value.group].filter(Boolean).join(" · ");
    byId("sheet-title").textContent = narrowed || "All that the filters leave";
    byId("sheet-rule").textContent = rule ? rule[0] : "";
    const row = byId("sheets");
    for (const [k, button] of sheetButtons) {
      const isShown = data.rules[k][0] === value.rule;
      button.setAttribute("aria-pressed", String(isShown));
      if (isShown) row.scrollTo(button.offsetLeft, button.offsetTop - 3);
    }
    gallery.draw(shown, at);
    progress();
  }

  // What is folded away must still be known to be on.
  function countFilters() {
    const count = Object.entries(values()).filter(([name, value]) => value && name !== "sort").length;
    byId("filters-on").textContent = count ? `Filters (${count} on)` : "Filters";
  }

  function keepState(at = -1) {
    const state = new URLSearchParams(Object.entries(values()).filter(([, value]) => value));
    if (inPictures) state.set("view", "pictures");
    else if (page) state.set("page", page + 1);
    if (inPictures && at >= 0) state.set("at", at + 1);
    writeState(state);
  }

  function listedInWords() {
    if (shown.length === count) return counted(count, "finding");
    if (!shown.length) return `0 of ${counted(count, "finding")}: none fits these filters`;
    return `${thousands(shown.length)} of ${counted(count, "finding")}`;
  }

  function draw() {
    const pages = Math.max(1, Math.ceil(shown.length / perPage));
    page = Math.min(Math.max(page, 0), pages - 1);
    active = -1;
    refreshers = [];
    const rows = inPictures ? [] : shown.slice(page * perPage, (page + 1) * perPage);
    list.replaceChildren(...rows.map((i, at) => line(i, at)));
    list.hidden = !rows.length;
    byId("listed").textContent = listedInWords();
    byId("page-now").textContent = `page ${thousands(page + 1)} of ${thousands(pages)}`;
    byId("page-back").disabled = page === 0;
    byId("page-on").disabled = page === pages - 1;
    document.querySelector(".pager").hidden = pages === 1 || inPictures;
    keepState();
  }

  // Shows what the filters leave, in the view that is on.
  function update(at = -1) {
    filter();
    page = 0;
    show(at);
  }

  function show(at = -1) {
    countFilters();
    for (const node of document.querySelectorAll(".in-list")) node.hidden = inPictures;
    for (const node of document.querySelectorAll(".in-pictures")) node.hidden = !inPictures;
    byId("view-list").setAttribute("aria-pressed", String(!inPictures));
    byId("view-pictures").setAttribute("aria-pressed", String(inPictures));
    draw();
    if (inPictures) showSheet(at);
  }

  function choose(pictures) {
    inPictures = pictures;
    page = 0;
    show();
    setKeys(pictures ? galleryKeys : browserKeys);
  }

  function read() {
    const state = readState();
    for (const [name, node] of fields) {
      const value = state.get(name) ?? "";
      if (node.matches("select") && ![...node.options].some((o) => o.value === value)) node.append(new Option(value, value));
      node.value = value;
    }
    inPictures = state.get("view") === "pictures";
    filter();
    page = Number(state.get("page") ?? 1) - 1 || 0;
    show(Number(state.get("at") ?? 0) - 1);
  }

  function turn(step) {
    page += step;
    draw();
    window.scrollTo({ top: 0 });
  }

  function step(by) {
    const rows = [...list.children];
    const next = active < 0 && by > 0 ? 0 : active + by;
    if (next >= rows.length && !byId("page-on").disabled) { turn(1); list.children[0]?.focus(); return; }
    if (next < 0 && !byId("page-back").disabled) { turn(-1); list.lastElementChild?.focus(); return; }
    rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus();
  }

  const chosen = () => (active < 0 ? null : shown[page * perPage + active]);
  const say = (verdict) => { if (chosen() !== null) toggleVerdict(finding(chosen()), verdict); };
  const browserKeys = {
    j: () => step(1), k: () => step(-1),
    ArrowRight: () => { if (!byId("page-on").disabled) turn(1); },
    ArrowLeft: () => { if (!byId("page-back").disabled) turn(-1); },
    1: () => say("real"), 2: () => say("fine"), 3: () => say("unsure"),
    e: () => list.children[active]?.querySelector(".note-text").focus(),
    Enter: () => { if (chosen() !== null && addressOf(chosen())) { leave(); goTo(addressOf(chosen())); } },
    "/": () => { document.querySelector(".fold").open = true; fields.get("q").focus(); },
    v: () => choose(true),
  };
  const galleryKeys = { ...gallery.keys, "/": browserKeys["/"], v: () => choose(false) };

  let waiting = 0;
  for (const node of fields.values()) {
    node.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(update, node.matches("[type=search]") ? 120 : 0);
    });
  }
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filter-clear").addEventListener("click", () => {
    for (const node of fields.values()) node.value = "";
    update();
  });
  byId("view-list").addEventListener("click", () => choose(false));
  byId("view-pictures").addEventListener("click", () => choose(true));
  byId("page-back").addEventListener("click", () => turn(-1));
  byId("page-on").addEventListener("click", () => turn(1));
  const refresh = () => {
    refreshers.forEach((refreshRow) => refreshRow());
    gallery.refresh();
    progress();
  };
  document.addEventListener("decided", refresh);
  // On paper there is no next page: all that the filters leave is printed.
  const print = (count) => {
    if (inPictures) { if (count > PER_PAGE) gallery.makeAll(); return; }
    page = 0;
    perPage = count;
    draw();
  };
  window.addEventListener("beforeprint", () => print(PRINTED));
  // Printing does not wait for pictures that come in files, so the key for it does.
  document.addEventListener("keydown", async (event) => {
    if (!inPictures || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "p") return;
    event.preventDefault();
    await gallery.loadAll();
    window.print();
  });
  window.addEventListener("afterprint", () => print(PER_PAGE));
  byId("reviewer").value = reviewer;
  byId("reviewer").addEventListener("change", () => setReviewer(byId("reviewer").value));
  byId("export").addEventListener("click", () => {
    // Earlier decisions about findings that are hidden or gone go on: a later scan needs them too.
    const carried = data.carried.map(([fingerprint, { rule, file_name, annotation_ids, ...scanDecision }]) => (
      { fingerprint, rule, file_name, annotation_ids, scanDecision }
    ));
    download("decisions.json", exported([...Array.from({ length: count }, (_, i) => finding(i)), ...carried]));
  });
  byId("import").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    try {
      byId("listed").textContent = `${counted(imported(await file.text()), "decision")} taken over`;
    } catch {
      byId("listed").textContent = `${file.name} is no file of decisions`;
    }
  });
  const fold = document.querySelector(".fold");
  const isPhone = matchMedia("(max-width: 860px)");
  const foldOnPhones = () => { fold.open = !isPhone.matches; };
  isPhone.addEventListener("change", foldOnPhones);
  foldOnPhones();
  fold.hidden = false;
  document.querySelector(".review").hidden = false;
  document.querySelector(".views").hidden = false;
  progress();
  return { read, keys: () => (inPictures ? galleryKeys : browserKeys) };
}
