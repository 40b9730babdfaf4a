// What all pages share. Texts reach a page only through textContent, styles only through classes and
// attributes, so nothing of a dataset can become markup or script.

const kind = document.body.dataset.page;
const single = kind === "single";
const byId = (id) => document.getElementById(id);

function element(name, className = "", content = undefined) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (content !== undefined) node.textContent = content;
  return node;
}

const thousands = (number) => number.toLocaleString("en");

// The part of the address that holds the state of the findings browser.
function readState() {
  const hash = location.hash.slice(1);
  const state = single ? hash.split("?").slice(1).join("?") : hash;
  return new URLSearchParams(state);
}

function writeState(state) {
  const text = state.toString();
  const hash = single ? `#/findings${text ? `?${text}` : ""}` : `#${text}`;
  if (hash !== location.hash) history.replaceState(null, "", hash);
}

// Address of the n-th finding (from 1, or "last") on an image's page.
const findingAt = (page, n) => (single ? `${page}/${n}` : `${page}#finding-${n}`);

const canUnpack = "DecompressionStream" in window;

// The text of an element that holds it compressed and as base64.
async function unpack(node) {
  const letters = atob(node.textContent);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

// One set of keys at a time: that of the part of the report that is shown.
let keys = {};
const setKeys = (map) => { keys = map; };

function toggleHelp() {
  const dialog = byId("keys");
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (typing && event.key === "Escape") { event.target.blur(); return; }
  if (typing) return;
  if (event.key === "?") { event.preventDefault(); toggleHelp(); return; }
  if (byId("keys").open || !Object.hasOwn(keys, event.key)) return;
  if (event.key === "Enter" && event.target.matches("a, button, summary")) return;
  event.preventDefault();
  keys[event.key](event);
});

for (const button of document.querySelectorAll(".help")) {
  button.hidden = false;
  button.addEventListener("click", toggleHelp);
}
