// Starts what the page needs. A report in one file shows one of its parts at a time, chosen by the address:
// #/ and anchors: the dataset; #/findings?...: the browser; #/image/000012/3: an image, its third finding.

async function startFindings() {
  const browser = await startBrowser();
  if (!browser) { setKeys({}); return; }
  browser.read();
  setKeys(browser.keys());
  window.addEventListener("hashchange", () => { browser.read(); setKeys(browser.keys()); });
}

function startImage() {
  const asked = /^#(?:finding-(\d+|last)|(predictions.*))$/.exec(location.hash);
  startViewer(document, asked?.[1] ?? asked?.[2] ?? "");
}

// Links inside a part of a one-file report: the address names the part, so they scroll by themselves.
function jump(event) {
  const link = event.target.closest("a.jump");
  const goal = link && byId(link.getAttribute("href").slice(1));
  if (!goal) return;
  event.preventDefault();
  goal.scrollIntoView();
}

function startSingle() {
  document.addEventListener("click", jump);
  const parts = [...document.querySelectorAll("main > [id^=view-]")];
  const views = Object.fromEntries(parts.map((part) => [part.id.slice("view-".length), part]));
  const title = document.title;
  const started = startBrowser();
  let stop = null;
  let stem = "";
  let turn = 0;
  function show(name) {
    for (const [key, view] of Object.entries(views)) view.hidden = key !== name;
    document.querySelector("main").className = { image: "image", findings: "browser" }[name] ?? "";
  }
  async function go() {
    const image = /^#\/image\/(\d+)(?:\/(\d+|last|predictions.*))?$/.exec(location.hash);
    const packed = image && byId(`image-${image[1]}`);
    turn += 1;
    if (packed && stem === image[1] && !image[2]) { markReady(true); return; }
    const thisTurn = turn;
    markReady(false);
    const html = packed && canUnpack ? await unpack(packed) : "";
    if (thisTurn !== turn) return;  // the reader is elsewhere already
    stop?.();
    stop = null;
    stem = "";
    views.image.replaceChildren();
    document.title = title;
    if (html) {
      stem = image[1];
      views.image.innerHTML = html;  // a page as in the folder, made and escaped when the report was written
      show("image");
      document.title = `${packed.dataset.title} · maskaudit`;
      stop = startViewer(views.image, image[2] ?? "");
      if (!/^(\d|last)/.test(image[2] ?? "")) window.scrollTo(0, 0);
    } else if (location.hash.startsWith("#/findings")) {
      show("findings");
      const browser = await started;
      if (thisTurn !== turn) return;
      browser?.read();
      setKeys(browser?.keys() ?? {});
    } else if (Object.hasOwn(views, location.hash.slice(2)) && location.hash !== "#/image") {
      show(location.hash.slice(2));
      window.scrollTo(0, 0);
      setKeys({});
    } else {
      show("index");
      const part = location.hash.length > 2 ? byId(location.hash.slice(1)) : null;
      if (part) part.scrollIntoView();
      else window.scrollTo(0, 0);
      setKeys({});
    }
  }
  window.addEventListener("hashchange", go);
  go();
}

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll(".help")) {
    button.hidden = false;
    button.addEventListener("click", toggleHelp);
  }
  if (kind === "findings") startFindings();
  else if (kind === "image") startImage();
  else if (kind === "single") startSingle();
  else {
    startCrops();
    setKeys({});
  }
});

// A page that the reader comes back to was left in the middle of going on.
window.addEventListener("pageshow", ({ persisted }) => { if (persisted) markReady(true); });
