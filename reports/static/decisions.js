// What people decide about findings: kept in this browser under the finding's fingerprint, so that it
// survives a reload and a new scan, and exported as decisions.json for `maskaudit scan --decisions`.

const PREFIX = "maskaudit:decision:";
const VERDICTS = [["real", "Real error"], ["fine", "Fine as it is"], ["unsure", "Unsure"]];
const SHORT = { real: "Real", fine: "Fine", unsure: "Unsure" };
const storedDecisions = new Map();  // fingerprint to {verdict, note, reviewer, date}: what this browser keeps
const REVIEWER = "maskaudit:reviewer";
let reviewer = "";  // who decides in this browser
let canStore = true;  // whether it does keep them

// Half of a surrogate pair, which no file can hold: left where a character was cut.
const wellFormed = (text) => text.replace(/\p{Surrogate}/gu, "\ufffd");
const fieldsOf = ({ verdict, note, reviewer, date }) => ({
  verdict, note: wellFormed(String(note ?? "")), reviewer: wellFormed(String(reviewer ?? "")), date: String(date ?? ""),
});

function remember(key, text) {
  if (key === REVIEWER) reviewer = text ?? "";
  if (!key.startsWith(PREFIX)) return;
  const fingerprint = key.slice(PREFIX.length);
  storedDecisions.delete(fingerprint);
  try {
    const entry = JSON.parse(text);
    if (entry && typeof entry.verdict === "string") storedDecisions.set(fingerprint, fieldsOf(entry));
  } catch { /* somebody else's entry */ }
}

function rememberAll() {
  storedDecisions.clear();
  try {
    for (const [key, text] of Object.entries(localStorage)) remember(key, text);
  } catch { canStore = false; }
}

function store(fingerprint, { rule, ...decision }) {
  const kept = fieldsOf(decision);
  storedDecisions.set(fingerprint, kept);
  try { localStorage.setItem(PREFIX + fingerprint, JSON.stringify({ ...kept, rule })); } catch { canStore = false; }
}

// Who decides, and when: what is stored with each new decision.
const signature = () => ({ reviewer, date: new Date().toISOString().slice(0, 10) });

function setReviewer(name) {
  reviewer = wellFormed(name.trim());
  try { localStorage.setItem(REVIEWER, reviewer); } catch { canStore = false; }
}

const announce = () => document.dispatchEvent(new CustomEvent("decided"));

// The decision in force: the one of this browser, else the one that the scan was given.
const decisionOf = (fingerprint, scanDecision) => storedDecisions.get(fingerprint) ?? scanDecision;

function decide(finding, change) {
  store(finding.fingerprint, { ...decisionOf(finding.fingerprint, finding.scanDecision), ...change, ...signature(), rule: finding.rule });
  announce();
}

// Choosing the verdict that is there already takes it back.
function toggleVerdict(finding, verdict) {
  const decision = decisionOf(finding.fingerprint, finding.scanDecision).verdict;
  decide(finding, { verdict: decision === verdict ? "" : verdict });
}

// One verdict about many findings; returns what was said before, for taking it back.
function decideAll(findings, verdict) {
  const before = findings.map((finding) => [finding, decisionOf(finding.fingerprint, finding.scanDecision)]);
  for (const [finding, decision] of before) store(finding.fingerprint, { ...decision, verdict, ...signature(), rule: finding.rule });
  announce();
  return before;
}

function takeBack(before) {
  for (const [finding, decision] of before) store(finding.fingerprint, { ...decision, rule: finding.rule });
  announce();
}

// Three buttons for one finding, and the verdict that is in force as their pressed state.
function verdictButtons(choose, names) {
  const group = element("span", "verdicts");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Decision");
  const buttons = VERDICTS.map(([verdict], i) => {
    const button = element("button", `say ${verdict}`, names[verdict]);
    button.type = "button";
    button.title = `key ${i + 1}`;
    button.addEventListener("click", () => choose(verdict));
    group.append(button);
    return button;
  });
  const refresh = (decision) => {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(decision === VERDICTS[i][0])));
  };
  return { group, refresh };
}

// A note on one finding, and how to refresh it.
function noteField(finding) {
  const note = element("input", "note-text");
  note.type = "text";
  note.maxLength = 300;
  note.placeholder = "note";
  note.setAttribute("aria-label", "Note");
  note.addEventListener("change", () => {
    // Who writes something down and decides nothing is unsure; a note alone would not be exported.
    const { verdict } = decisionOf(finding.fingerprint, finding.scanDecision);
    decide(finding, { note: note.value, verdict: verdict || (note.value && "unsure") });
  });
  const refresh = () => {
    if (document.activeElement !== note) note.value = decisionOf(finding.fingerprint, finding.scanDecision).note;
  };
  return { note, refresh };
}

// Buttons and a note for one finding; returns how to refresh them.
function decider(place, finding) {
  const { group, refresh: refreshButtons } = verdictButtons((verdict) => toggleVerdict(finding, verdict), Object.fromEntries(VERDICTS));
  const { note, refresh: refreshNote } = noteField(finding);
  place.replaceChildren(group, note);
  place.hidden = false;
  const refresh = () => {
    refreshButtons(decisionOf(finding.fingerprint, finding.scanDecision).verdict);
    refreshNote();
  };
  refresh();
  return refresh;
}

function exported(findings) {
  const decisions = {};
  for (const finding of [...findings].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))) {
    const { verdict, note, reviewer, date } = fieldsOf(decisionOf(finding.fingerprint, finding.scanDecision));
    if (!verdict) continue;
    const { rule, file_name, annotation_ids } = finding;
    decisions[finding.fingerprint] = { verdict, rule, note, file_name, annotation_ids, reviewer, date };
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

// Takes over the decisions of a file, all or none; returns how many, or throws.
function imported(text) {
  const { schema_version: version, decisions } = JSON.parse(text);
  if (version !== 1 || typeof decisions !== "object" || decisions === null) throw new Error("no decisions");
  const names = new Set(VERDICTS.map(([verdict]) => verdict));
  const taken = Object.entries(decisions).filter(([fingerprint, decision]) => /^[0-9a-f]{16}$/.test(fingerprint) && names.has(decision?.verdict));
  for (const [fingerprint, { rule, ...decision }] of taken) store(fingerprint, { ...decision, rule: String(rule ?? "") });
  announce();
  return taken.length;
}

rememberAll();
// Other pages of the report decide too: in another tab, or before this one is shown again.
window.addEventListener("storage", ({ key, newValue }) => {
  if (key === null) rememberAll();
  else remember(key, newValue);
  announce();
});
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) { rememberAll(); announce(); }
});
