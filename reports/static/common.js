// What all pages share. Texts reach a page only through textContent, styles only through classes and
// attributes, so nothing of a dataset can become markup or script.
//
// The script runs in the head, before there is a body: keys that are pressed while a page still builds up are
// not lost. What needs the body waits in start.js.

const documentRoot = document.documentElement;
const kind = documentRoot.dataset.page;
const single = kind === "single";
const byId = (id) => document.getElementById(id);

function element(name, className = "", content = undefined) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (content !== undefined) node.textContent = content;
  return node;
}

// Not toLocaleString: its first call loads tables for a tenth of a second.
const thousands = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
const counted = (number, noun) => `${thousands(number)} ${noun}${number === 1 ? "" : "s"}`;

// A number stays on the line of its per cent sign.
const unbroken = (text) => text.replace(/(\d) %/g, "$1\u00a0%");

// A finding in the tool that the labels come from.
function toolLink(address) {
  const link = element("a", "", "in the labelling tool");
  return Object.assign(link, { href: address, target: "_blank", rel: "noreferrer" });
}

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

// The findings that a list or contact sheet shows, for going through them image by image.
const TRAIL = "maskaudit:trail";
const TRAIL_LIMIT = 5000;

function keepTrail(addresses) {
  try {
    const steps = addresses.slice(0, TRAIL_LIMIT).map((address) => new URL(address, location.href).href);
    sessionStorage.setItem(TRAIL, JSON.stringify({ back: location.href, steps }));
  } catch { /* this browser stores nothing: keys go from image to image then */ }
}

function readTrail() {
  try {
    const trail = JSON.parse(sessionStorage.getItem(TRAIL) ?? "null");
    if (Array.isArray(trail?.steps) && typeof trail.back === "string") return trail;
  } catch { /* see above */ }
  return { back: "", steps: [] };
}

const canUnpack = "DecompressionStream" in window;

// The text of an element that holds it compressed and as base64.
async function unpack(node) {
  const letters = atob(node.textContent);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

// One set of keys at a time: that of the part of the report that is shown. What is pressed before that part
// is ready, or while the next one is on its way, waits for it: readers go through hundreds of images by key,
// and a decision must not fall on the finding that they have just left.
const PRESSED = "maskaudit:pressed";
let keys = {};
let pressed = [];

function markReady(ready) {
  documentRoot.toggleAttribute("data-ready", ready);
  while (documentRoot.hasAttribute("data-ready") && pressed.length) act(pressed.shift());
}

function setKeys(map) {
  keys = map;
  markReady(true);
}

function goTo(address) {
  if (new URL(address, location.href).href === location.href) return;
  markReady(false);
  location.href = address;
}

function act(key) {
  if (key === "?") toggleHelp();
  else if (!byId("keys").open && Object.hasOwn(keys, key)) keys[key]();
}

try {
  pressed = [JSON.parse(sessionStorage.getItem(PRESSED) ?? "[]")].flat();
  sessionStorage.removeItem(PRESSED);
} catch { /* this browser stores nothing: the page before cannot hand on its keys */ }

window.addEventListener("pagehide", () => {
  try {
    if (pressed.length) sessionStorage.setItem(PRESSED, JSON.stringify(pressed));
  } catch { /* see above */ }
  pressed = [];
});

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
  if (event.key === "Enter" && event.target.matches("a, button, summary")) return;
  if (!documentRoot.hasAttribute("data-ready")) {
    if (!event.repeat) pressed.push(event.key);  // a key that is held goes on by itself on the next page
    return;
  }
  if (event.key !== "?" && (byId("keys").open || !Object.hasOwn(keys, event.key))) return;
  event.preventDefault();
  act(event.key);
});
