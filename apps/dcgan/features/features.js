const short = (number) => Math.abs(number) < 0.0005 ? "0" : String(Number(number.toPrecision(3))).replace("-", "−");
const shape = (size) => size.join(" × ");
const square = (size) => `${size} × ${size}`;

// Screen pixels for a number: the widest grid takes about `room`, and all of a network have the same.
const scale = (widths, room, most) => Math.min(Math.max(Math.floor(room / Math.max(...widths)), 1), most);

const NOISE = "normal random numbers" + (DATA.classes ? `, then ${DATA.classes} for the label: 1 for its class, else 0` : "");
const WORDS = {
  generator: ["Generator: noise becomes an image",
    "A transposed convolution adds up kernels, each times a number of its input, and so makes images larger. BatchNorm2d " +
    "normalises every channel with the mean and variance of training, then scales and shifts it as learned. ReLU sets what " +
    "is below 0 to 0. Tanh brings the last numbers between −1, black, and 1, white."],
  discriminator: ["Discriminator: an image becomes a verdict",
    "A convolution of stride 2 looks at pixels with each of its kernels and moves on by two, so that half as many places " +
    "remain. LeakyReLU keeps a fifth of what is below 0." +
    (DATA.classes ? ` There is a verdict for each of the ${DATA.classes} classes; that of the image's label counts.` : "")],
};
// Of layers that not every network has, by how their names begin.
const MORE = {
  ParametrizedConv2d: "A ParametrizedConv2d has spectral normalisation, which divides a convolution's weights by their largest singular value.",
  Residual: "A residual block adds what its layers make of its input to that input: the picture shows the sum.",
};

function figureOf(layer, caption, pixel, alt) {
  const image = element("img", { src: layer.picture, alt });
  image.style.setProperty("--across", layer.across);
  const figure = element("figure", {}, element("figcaption", {}, ...caption), image);
  figure.style.setProperty("--pixel", `${pixel}px`);
  return figure;
}

function layerFigure(layer, name, pixel) {
  const [channels] = layer.size;
  const range = layer.low === layer.high ? `value ${short(layer.low)}` : `values ${short(layer.low)} to ${short(layer.high)}`;
  const part = layer.shown < channels ? `, the first ${layer.shown} channels shown` : "";
  return figureOf(layer, [element("code", {}, name), element("br"), `${shape(layer.size)}, ${range}${part}`], pixel,
    `output of ${name}`);
}

// One channel of a layer, cut out of its grid.
function oneChannel(layer, pixel) {
  const { channel, left, top } = layer.strongest ?? { channel: 0, left: 0, top: 0 };
  const [channels, height, width] = layer.size;
  const image = element("img", { src: layer.picture, alt: `channel ${channel} of ${channels}` });
  const box = element("div", { className: "one" }, image);
  for (const [name, value] of Object.entries({ width, height, across: layer.across, left, top, pixel: `${pixel}px` }))
    box.style.setProperty(`--${name}`, value);
  const what = channels === 1 ? "" : layer.strongest ? `channel ${channel} of ${channels}` : "colour";
  return element("figure", {}, box, element("figcaption", {}, `${height} × ${width}`, element("br"), what));
}

function networkSection(network) {
  const [title, words] = WORDS[network.name];
  const layers = network.stages.flatMap((stage) => stage.layers);
  const last = layers.at(-1);
  const pixel = scale([network.input, ...layers].map((layer) => layer.across), 660, 5);
  const section = element("section", { id: network.name }, element("h2", {}, title), element("p", {}, words));
  for (const [word, text] of Object.entries(MORE))
    if (layers.some((layer) => layer.name.startsWith(word))) section.append(element("p", {}, text));

  const ends = [network.input, ...network.stages.map((stage) => stage.layers.at(-1))];
  const size = Math.max(...ends.map((layer) => layer.size[2]));
  section.append(element("p", {}, "The way in short: of the input and of every size the channel with the largest number."),
    element("div", { className: "way" }, ...ends.map((layer) => oneChannel(layer, scale([size], 140, 5)))));

  const input = network.name === "generator" ? "The noise" : `The image: ${DATA.image}`;
  section.append(element("h3", {}, input), element("div", { className: "row" },
    layerFigure(network.input, network.name === "generator" ? NOISE : "pixels", pixel)));
  for (const stage of network.stages)
    section.append(element("h3", {}, `${square(stage.from)} → ${square(stage.to)}`), element("p", {}, stage.formula),
      element("div", { className: "row" }, ...stage.layers.map((layer) => layerFigure(layer, layer.name, pixel))));
  const verdict = DATA.classes ? `${short(last.low)} to ${short(last.high)} for the ${DATA.classes} classes` : short(last.low);
  if (network.name === "discriminator")
    section.append(element("p", {}, "The verdict is ", element("strong", { id: "verdict" }, verdict),
      ": the higher, the more the image looks to it like one of the training images."));
  return section;
}

for (const [name, problem] of [["generator", DATA.noGenerator], ["discriminator", DATA.noDiscriminator]])
  if (problem) byId("networks").append(element("p", { className: "missing" }, `This file holds no ${name} that can be shown: ${problem}`));
byId("networks").append(...DATA.networks.map(networkSection));
