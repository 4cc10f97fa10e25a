const fills = { latent: DATA.latent, address: location.origin + "/" };
for (const span of document.querySelectorAll("[data-fill]")) span.textContent = fills[span.dataset.fill];

const isDigits = DATA.channels === 1 && DATA.size <= 32;
byId("new").textContent = isDigits ? "New digit" : "New image";
for (const count of [1, 4, 16, 64, 256])
  if (count <= DATA.most) byId("count").append(element("option", { value: count }, String(count)));

byId("classes").hidden = DATA.classes === 0;
byId("label").append(element("option", { value: "" }, "any"));
for (let label = 0; label < DATA.classes; ++label) byId("label").append(element("option", { value: label }, String(label)));

const sliders = DATA.shares.map((share, i) => {
  const id = `direction-${i + 1}`;
  const input = element("input", { type: "range", id, min: -6, max: 6, step: 0.1, value: 0 });
  const output = element("output", { htmlFor: id }, "0.0");
  const name = element("label", { htmlFor: id }, `${i + 1} `,
    element("span", { className: "soft" }, `(${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %)`));
  const show = () => { output.textContent = Number(input.value).toFixed(1).replace("-", "−"); };
  input.addEventListener("input", () => { show(); draw(); });
  byId("sliders").append(element("div", { className: "slider" }, name, input, output));
  return { input, show };
});

const wanted = () => {
  const count = Number(byId("count").value), choice = byId("label").value;
  const seed = Math.min(Math.max(Math.trunc(Number(byId("seed").value)) || 0, 0), Number.MAX_SAFE_INTEGER);
  const request = { count, seed, directions: sliders.map(({ input }) => Number(input.value)) };
  if (choice !== "") request.label = Number(choice);
  else if (DATA.classes > 0 && count === 1) request.label = seed % DATA.classes;  // another digit for another seed
  return JSON.stringify(request);
};

const show = async (request, started, answer) => {
  if (!answer.ok) throw new Error((await answer.json()).error);
  const picture = byId("picture"), old = picture.src;
  picture.src = URL.createObjectURL(await answer.blob());
  await picture.decode();
  if (old) URL.revokeObjectURL(old);
  const { count, seed, label, directions } = JSON.parse(request);
  picture.alt = count === 1 ? `the image of seed ${seed}` : `${count} images of seed ${seed}`;
  picture.dataset.shown = request;
  byId("caption").replaceChildren(directions.some((x) => x !== 0) ? "moved from " : "the same as ",
    element("code", {}, `dcgan sample --count ${count} --seed ${seed}${label === undefined ? "" : ` --label ${label}`}`),
    ` · ${(performance.now() - started).toFixed(0)} ms`);
  byId("message").textContent = "";
};

// One request at a time: what is asked for meanwhile is drawn next, and what was asked for in between never.
let isDrawing = false, shown = "";
const draw = async () => {
  if (isDrawing) return;
  isDrawing = true;
  while (shown !== wanted()) {
    const request = shown = wanted(), started = performance.now();
    try {
      await show(request, started, await fetch("/v1/sample", { method: "POST", body: request }));
    } catch (error) {
      byId("message").textContent = error instanceof TypeError ? "The server does not answer." : error.message;
    }
  }
  isDrawing = false;
};

byId("new").addEventListener("click", () => { byId("seed").value = Math.floor(Math.random() * 1e6); draw(); });
byId("reset").addEventListener("click", () => {
  for (const { input, show: update } of sliders) { input.value = 0; update(); }
  draw();
});
byId("seed").addEventListener("input", draw);
for (const id of ["count", "label"]) byId(id).addEventListener("change", draw);
byId("reset").hidden = sliders.length === 0;
byId("controls").addEventListener("submit", (event) => event.preventDefault());
draw();
