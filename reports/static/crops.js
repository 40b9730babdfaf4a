// Pages full of crops (pairs of predictions, changes): what is shown is chosen by kind, category and image. The
// choice stands in the address, so that a link can make it.

function startCrops(root = document) {
  const form = root.querySelector(".crop-filters");
  if (!form) return;
  const fields = [...form.querySelectorAll("select, input")];
  const crops = [...root.querySelectorAll(".crop")];
  const fits = {
    kind: (crop, value) => crop.dataset.kind === value,
    category: (crop, value) => crop.dataset.category.split(", ").includes(value) || crop.dataset.category === value,
    image: (crop, value) => crop.dataset.image.toLowerCase().includes(value.toLowerCase()),
  };

  function choose() {
    const asked = fields.filter(({ value }) => value.trim());
    let shown = 0;
    for (const crop of crops) {
      crop.hidden = !asked.every(({ name, value }) => fits[name](crop, name === "image" ? value.trim() : value));
      shown += crop.hidden ? 0 : 1;
    }
    for (const section of root.querySelectorAll(".crop-section")) section.hidden = !section.querySelector(".crop:not([hidden])");
    byId("crops-shown").textContent = asked.length ? `${thousands(shown)} of ${thousands(crops.length)} shown` : "";
    const state = new URLSearchParams(asked.map(({ name, value }) => [name, value])).toString();
    if (asked.length || location.hash.includes("=")) history.replaceState(null, "", `#${state}`);
  }

  function read() {
    if (location.hash && !location.hash.includes("=")) return;  // an anchor of the page
    const state = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      const value = state.get(field.name) ?? "";
      field.value = field.matches("select") && ![...field.options].some((option) => option.value === value) ? "" : value;
    }
    choose();
  }

  form.hidden = false;
  form.addEventListener("input", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", () => {
    read();
    if (location.hash.includes("=")) form.scrollIntoView();
  });
  read();
}
