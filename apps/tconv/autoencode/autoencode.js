const image = (src, alt) => element("img", { src, alt });
const short = (number) => Math.abs(number) < 0.005 ? "0" : number.toPrecision(2).replace("-", "−");

for (const span of document.querySelectorAll("[data-fill]"))
  span.textContent = DATA[span.dataset.fill].toLocaleString("en");

DATA.pictures.forEach((picture, k) => byId("restored").append(element("figure", {},
  image(picture.given, `picture ${k}, given`), image(picture.restored, `picture ${k}, restored`),
  element("figcaption", { className: "numbers" }, picture.error.toFixed(4)))));

for (const [way, error, kept] of [
  ["this network", DATA.errors.network, 1568],
  ["averages of 4 × 4 pixels, enlarged bilinearly", DATA.errors.bilinear, 49],
  ["always the mean training picture", DATA.errors.meanImage, 0]])
  byId("errors").append(element("tr", {}, element("td", {}, way),
    element("td", { className: "number" }, error.toFixed(5)), element("td", { className: "number" }, String(kept))));

// The curve: steps across, powers of ten up.
{
  const left = 64, right = 392, top = 12, bottom = 196;
  const losses = DATA.curve.map((point) => Math.max(point[1], 1e-9));
  const low = Math.floor(Math.log10(Math.min(...losses)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...losses))), low + 1);
  const x = (step) => left + (right - left) * step / DATA.steps;
  const y = (loss) => top + (bottom - top) * (high - Math.log10(loss)) / (high - low);
  let lines = "";
  for (let power = low; power <= high; ++power) {
    const at = y(10 ** power);
    lines += `<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}"/>
      <text x="${left - 6}" y="${at + 4}" text-anchor="end">${power < -4 ? `1e${power}` : 10 ** power}</text>`;
  }
  for (const [step, anchor] of [[0, "start"], [DATA.steps, "end"]])
    lines += `<text x="${x(step)}" y="${bottom + 16}" text-anchor="${anchor}">${step.toLocaleString("en")}</text>`;
  const path = DATA.curve.map(([step], i) => `${x(step).toFixed(1)},${y(losses[i]).toFixed(1)}`).join(" ");
  byId("curve").innerHTML = `<svg viewBox="0 0 400 230" role="img" aria-label="Error against training step">${lines}
    <polyline class="line" points="${path}"/>
    <text x="${(left + right) / 2}" y="${bottom + 30}" text-anchor="middle">training step</text>
    <text transform="translate(12 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">mean squared error</text></svg>`;
}

// The layers' figures once, their pictures at every choice.
const shown = [];
const figure = (row, caption, columns, address, alt) => {
  const picture = image("", "");
  picture.style.setProperty("--across", columns);
  row.append(element("figure", {}, element("figcaption", {}, ...caption), picture));
  shown.push((k) => Object.assign(picture, { src: address(k), alt: `${alt} of picture ${k}` }));
};

figure(byId("given"), ["1 × 28 × 28"], 28, (k) => DATA.pictures[k].given, "the pixels");
for (const row of document.querySelectorAll("[data-layers]"))
  for (const i of row.dataset.layers.split(" ")) {
    const { name, size, low, high, maps, columns } = DATA.layers[i];
    const range = `${size.join(" × ")}, values ${short(low)} to ${short(high)}`;
    figure(row, [element("code", {}, name), element("br"), range], columns, (k) => maps[k], `output of ${name}`);
  }

const choose = (k) => shown.forEach((update) => update(k));
DATA.pictures.forEach((picture, k) => {
  const radio = element("input", { type: "radio", name: "picture", value: k, checked: k === 0, onchange: () => choose(k) });
  byId("choice").append(element("label", {}, radio, image(picture.given, `picture ${k}`)));
});
choose([...document.getElementsByName("picture")].findIndex((radio) => radio.checked));
