// Starts what the page needs. A report in one file shows one of its parts at a time, chosen by the address:
// #/ and anchors: the dataset; #/findings?...: the browser; #/image/000012/3: an image, its third finding.

async function startFindings() {
  const browser = await startBrowser();
  if (!browser) return;
  browser.read();
  setKeys(browser.keys);
  window.addEventListener("hashchange", browser.read);
}

function startImage() {
  const asked = /^#finding-(\d+|last)$/.exec(location.hash);
  startViewer(document, asked ? asked[1] : "");
}

async function startSingle() {
  const views = Object.fromEntries(["index", "findings", "image"].map((name) => [name, byId(`view-${name}`)]));
  const title = document.title;
  const browser = await startBrowser();
  let stop = null;
  let stem = "";
  function show(name) {
    for (const [key, view] of Object.entries(views)) view.hidden = key !== name;
    document.querySelector("main").className = name === "image" ? "image" : "";
  }
  function go() {
    const image = /^#\/image\/(\d+)(?:\/(\d+|last))?$/.exec(location.hash);
    const template = image && byId(`image-${image[1]}`);
    if (template && stem === image[1] && !image[2]) return;
    stop?.();
    stop = null;
    stem = "";
    views.image.replaceChildren();
    document.title = title;
    setKeys({});
    if (template) {
      stem = image[1];
      views.image.append(template.content.cloneNode(true));
      show("image");
      document.title = `${template.dataset.title} · maskaudit`;
      stop = startViewer(views.image, image[2] ?? "");
      if (!image[2]) window.scrollTo(0, 0);
    } else if (location.hash.startsWith("#/findings")) {
      show("findings");
      if (browser) { browser.read(); setKeys(browser.keys); }
    } else {
      show("index");
      const part = location.hash.length > 2 ? byId(location.hash.slice(1)) : null;
      if (part) part.scrollIntoView();
      else window.scrollTo(0, 0);
    }
  }
  window.addEventListener("hashchange", go);
  go();
}

if (kind === "findings") startFindings();
else if (kind === "image") startImage();
else if (kind === "single") startSingle();
