// What people decide about findings: kept in this browser under the finding's fingerprint, so that it
// survives a reload and a new scan, and exported as decisions.json for `maskaudit scan --decisions`.

const PREFIX = "maskaudit:decision:";
const VERDICTS = [["real", "Real error"], ["fine", "Fine as it is"], ["unsure", "Unsure"]];
const memory = new Map();  // where the browser keeps nothing

function stored(key) {
  try { return localStorage.getItem(key); } catch { return memory.get(key) ?? null; }
}

function store(key, value) {
  try { localStorage.setItem(key, value); } catch { memory.set(key, value); }
}

// The decision in force: the one of this browser, else the one that the scan was given.
function decisionOf(print, given) {
  try {
    const own = JSON.parse(stored(PREFIX + print));
    if (own && typeof own.verdict === "string") return { verdict: own.verdict, note: String(own.note ?? "") };
  } catch { /* somebody else's entry */ }
  return given;
}

function decide(finding, change) {
  const now = { ...decisionOf(finding.print, finding.given), ...change };
  store(PREFIX + finding.print, JSON.stringify({ ...now, rule: finding.rule }));
  document.dispatchEvent(new CustomEvent("decided", { detail: finding.print }));
}

// Choosing the verdict that is there already takes it back.
function toggleVerdict(finding, verdict) {
  const now = decisionOf(finding.print, finding.given).verdict;
  decide(finding, { verdict: now === verdict ? "" : verdict });
}

// Buttons and a note for one finding; returns how to refresh them.
function decider(place, finding) {
  const group = element("span", "verdicts");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Decision");
  const buttons = VERDICTS.map(([verdict, name], i) => {
    const button = element("button", `say ${verdict}`, name);
    button.type = "button";
    button.title = `key ${i + 1}`;
    button.addEventListener("click", () => toggleVerdict(finding, verdict));
    group.append(button);
    return button;
  });
  const note = element("input", "note-text");
  note.type = "text";
  note.maxLength = 300;
  note.placeholder = "note";
  note.setAttribute("aria-label", "Note");
  note.addEventListener("change", () => decide(finding, { note: note.value }));
  place.replaceChildren(group, note);
  place.hidden = false;
  const refresh = () => {
    const now = decisionOf(finding.print, finding.given);
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(now.verdict === VERDICTS[i][0])));
    if (document.activeElement !== note) note.value = now.note;
  };
  refresh();
  return refresh;
}

function exported(findings) {
  const decisions = {};
  for (const finding of [...findings].sort((a, b) => (a.print < b.print ? -1 : 1))) {
    const { verdict, note } = decisionOf(finding.print, finding.given);
    if (verdict) decisions[finding.print] = { verdict, rule: finding.rule, note };
  }
  return `${JSON.stringify({ schema_version: 1, tool: "maskaudit", decisions }, null, 1)}\n`;
}

function download(name, text) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Takes over the decisions of a file; returns how many, or throws.
function imported(text) {
  const { schema_version: version, decisions } = JSON.parse(text);
  if (version !== 1 || typeof decisions !== "object" || decisions === null) throw new Error("no decisions");
  const known = new Set(VERDICTS.map(([verdict]) => verdict));
  let count = 0;
  for (const [print, { verdict, note, rule }] of Object.entries(decisions)) {
    if (!/^[0-9a-f]{16}$/.test(print) || !known.has(verdict)) continue;
    store(PREFIX + print, JSON.stringify({ verdict, note: String(note ?? ""), rule: String(rule ?? "") }));
    count += 1;
  }
  document.dispatchEvent(new CustomEvent("decided", { detail: null }));
  return count;
}
