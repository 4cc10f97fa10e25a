const single = DATA.runs.length === 1;

// The log's columns: numbers by name, null where a row has none.
function columnsOf(log) {
  const [header, ...lines] = log.trimEnd().split("\n");
  const columns = Object.fromEntries(header.split(",").map((name) => [name, []]));
  const names = Object.keys(columns);
  for (const line of lines)
    line.split(",").forEach((text, k) => columns[names[k]].push(text === "" ? null : Number(text)));
  return columns;
}
for (const run of DATA.runs) {
  run.columns = columnsOf(run.log);
  run.all = run.columns.step.map((_, i) => i);
  run.evaluated = run.all.filter((i) => run.columns.fid[i] !== null);
}

const count = (number) => number.toLocaleString("en");
const named = (run, text) => single ? text : `${run.name}: ${text}`;
const last = (numbers) => numbers.at(-1);
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
function duration(seconds) {
  if (seconds < 100) return `${short(seconds)} s`;
  return seconds < 6000 ? `${short(seconds / 60)} min` : `${short(seconds / 3600)} h`;
}
const floors = DATA.runs.map((run) => run.floor).filter((floor) => floor && !floor.missing);
// One floor for all: then it can be told from the runs that there is only one judge and one data set.
const floor = floors.length && floors.every((other) => other.fid.mean === floors[0].fid.mean) ? floors[0] : null;

// --- The head ---
byId("title").textContent = document.title;
function facts(run) {
  const { columns, config } = run;
  const list = [["steps", config.steps ? `${count(run.step)} of ${count(config.steps)}` : count(run.step)]];
  if (run.all.length) {
    list.push(["training", duration(last(columns.seconds))], ["images per second", short(median(columns.images_per_second))]);
    list.push(["epochs", count(last(columns.epoch))]);
  }
  if (run.evaluated.length) {
    const fid = columns.fid[last(run.evaluated)];
    list.push(["FID", floor ? `${short(fid)} (floor ${short(floor.fid.mean)})` : short(fid)]);
  }
  list.push(["alarms", count(run.alarms.length)]);
  return list;
}
if (single)
  for (const [name, text] of facts(DATA.runs[0]))
    byId("facts").append(element("div", {}, element("dt", {}, name), element("dd", {}, text)));
else
  byId("facts").replaceWith(element("div", { className: "wide" }, tableOf(
    ["", ...DATA.runs.map((run) => run.name)],
    facts(DATA.runs.reduce((a, b) => facts(a).length >= facts(b).length ? a : b)).map(([name]) => [name,
      ...DATA.runs.map((run) => (facts(run).find((fact) => fact[0] === name) || ["", "–"])[1])]))));
function note(text) { byId("notes").append(element("p", { className: "soft" }, text)); }
for (const run of DATA.runs) {
  if (!run.all.length) note(named(run, "the log has no rows yet: there is one every ten steps."));
  if (run.cut) note(named(run, "the log ends in the middle of a line, which is left out; training may still be writing it."));
}

function tableOf(header, rows) {
  const row = (cells, first) => element("tr", {}, ...cells.map((cell, i) =>
    element(first || i === 0 ? "th" : "td", first ? { scope: "col" } : i === 0 ? { scope: "row" } : {}, cell)));
  return element("table", {}, element("thead", {}, row(header, true)),
    element("tbody", {}, ...rows.map((cells) => row(cells, false))));
}

// --- Alarms ---
byId("alarms").hidden = DATA.runs.every((run) => run.alarms.length === 0);
for (const run of DATA.runs)
  run.alarms.forEach((alarm, i) => byId("alarms").querySelector("ol").append(
    element("li", { value: i + 1 }, named(run, alarm.text))));

// --- The samples over time ---
// The slider stops wherever some run drew samples; the others show their latest.
const moments = [...new Set(DATA.runs.flatMap((run) => run.grids.map((grid) => grid.step)))].sort((a, b) => a - b);
const pictures = DATA.runs.filter((run) => run.grids.length).map((run) => {
  const image = element("img", { id: `grid-${DATA.runs.indexOf(run)}` }), caption = element("figcaption", { className: "name" });
  byId("grids").append(element("figure", {}, caption, image));
  return { run, image, caption };
});
byId("grids").className = single ? "" : "several";
const gridAt = (run, step) => run.grids.findLast((grid) => grid.step <= step) || run.grids[0];
let moment = moments.length - 1;
function showMoment() {
  const step = moments[moment];
  byId("time").value = moment;
  byId("moment").textContent = `step ${count(step)}`;
  for (const { run, image, caption } of pictures) {
    const grid = gridAt(run, step), text = `epoch ${count(grid.epoch)}, step ${count(grid.step)}`;
    Object.assign(image, { src: grid.png, alt: `samples of ${run.name}, ${text}` });
    caption.textContent = named(run, text);
  }
  charts.forEach(showNow);
}
// The place of the moment on the axis: of the run's row that is nearest to it.
function now(across) {
  if (!moments.length) return NaN;
  const step = moments[moment];
  if (across === "step") return step;
  const { columns, all } = DATA.runs[0];
  const at = all.findLast((i) => columns.step[i] <= step);
  return single && at !== undefined ? ACROSS[across].of(columns, at) : NaN;
}
function choose(x) {
  if (!moments.length || (view.across !== "step" && !single)) return;
  const { columns, all } = DATA.runs[0];
  const place = (step) => view.across === "step" ? step :
    ACROSS[view.across].of(columns, all.findLast((i) => columns.step[i] <= step) ?? 0);
  moment = moments.reduce((best, step, i) => Math.abs(place(step) - x) < Math.abs(place(moments[best]) - x) ? i : best, 0);
  showMoment();
}
let playing = 0;
function play(on) {
  clearInterval(playing);
  playing = 0;
  byId("play").textContent = on ? "Stop" : "Play";
  if (!on) return;
  if (moment === moments.length - 1) moment = 0;
  showMoment();
  playing = setInterval(() => {
    moment += 1;
    showMoment();
    if (moment === moments.length - 1) play(false);
  }, 350);
}
byId("time").max = Math.max(moments.length - 1, 0);
byId("time").disabled = byId("play").disabled = moments.length < 2;
byId("time").addEventListener("input", () => { play(false); moment = Number(byId("time").value); showMoment(); });
byId("play").addEventListener("click", () => play(!playing));
if (!moments.length) byId("drawn-text").textContent = "There are no samples yet: they are drawn at the end of an epoch.";
byId("grids-left-out").textContent = DATA.runs.filter((run) => run.grids.length < run.gridsInAll).map((run) =>
  named(run, `${run.grids.length} of ${count(run.gridsInAll)} grids are on this page, evenly chosen; all are in the run's folder.`))
  .join(" ");

// --- The charts ---
const GENERATED = "generated", REAL = "real";
const LOG_CHARTS = [
  { title: "Losses", text: "They need not fall, for the two networks work against each other; neither should run away.",
    columns: { d_loss_real: "D, real images", d_loss_fake: "D, generated", g_loss: "G", penalty: "gradient penalty" } },
  { title: "Gradients", log: true, text: "Norms, before clipping. A generator's that all but vanishes has nothing to learn from.",
    columns: { d_grad_norm: "D", g_grad_norm: "G" } },
  { title: "How real the images look to D", text: "Mean probability of “real”. Where both are one half, it cannot tell them apart.",
    columns: { d_real: REAL, d_fake: GENERATED } },
  { title: "What D tells right", text: "Share of the images. Both at 1 for long: it wins, and the generator learns no more.",
    columns: { d_accuracy_real: REAL, d_accuracy_fake: GENERATED } },
  { title: "Spread", zero: true, text: "How much the images of a batch differ. Far below that of real ones, the generator collapses.",
    columns: { spread: GENERATED, spread_real: REAL } },
  { title: "Speed", zero: true, text: "Training images per second since the row before.", columns: { images_per_second: "images/s" } },
];
const JUDGED_CHARTS = [
  { title: "FID", log: true, floor: "fid", text: "Distance of generated from real images, as the judge sees them. Lower is better.",
    columns: { fid: "FID" } },
  { title: "Precision and recall", text: "Do the images look real, and is everything real among them? Higher is better.",
    columns: { precision: "precision", recall: "recall", coverage: "coverage" } },
];
const FIGURES = {
  fid: ["FID", "Fréchet distance between the judge's features of generated and of real images. 0 is perfect, the floor is what real images get."],
  kid: ["KID", "Kernel distance between the same features. About 0 for real images."],
  is: ["IS", "Inception score: each image is clearly some class, all classes are there. At most their number."],
  digit_kl: ["digit KL", "How far the shares of the classes are from those of real images. Lower is better."],
  precision: ["precision", "Share of the generated images that lie among real ones."],
  recall: ["recall", "Share of the real images that lie among generated ones."],
  density: ["density", "How deep among real images the generated ones lie. About 1 for real images."],
  coverage: ["coverage", "Share of the real images that have a generated one near. About 0.97 for real images."],
  confident: ["confident", "Share of the images whose class the judge is sure of."],
  checkerboard: ["checkerboard", "Energy at periods of 2 and 4 pixels, over that of real images: far above 1 it shows as a pattern."],
};

// The end of the longest run, for lines across.
const end = (across) => Math.max(0, ...DATA.runs.filter((run) => run.all.length).map((run) =>
  ACROSS[across].of(run.columns, last(run.all))));
function lineOf(spec) {
  return spec.floor && floor && floor[spec.floor] ?
    [{ label: `floor ${short(floor[spec.floor].mean)}`, value: floor[spec.floor].mean, colour: "--soft", dash: true }] : [];
}
// A run's columns in one chart; or of several runs every column in a chart of its own.
function specs(chart, rows) {
  const runs = DATA.runs.filter((run) => run[rows].length);
  const drawn = Object.entries(chart.columns).filter(([column]) =>
    column !== "penalty" || runs.some((run) => run.columns.penalty.some((number) => number !== 0)));
  const common = { ...chart, smooth: rows === "all", points: rows === "evaluated", lines: lineOf(chart), end };
  const series = (run, column, label, k) => ({ run, column, label, rows: run[rows], colour: `--c${k}` });
  if (!runs.length) return [];
  if (single) return [{ ...common, series: drawn.map(([column, label], k) => series(runs[0], column, label, k)) }];
  return drawn.map(([column, label]) => ({ ...common, title: drawn.length > 1 ? `${chart.title}: ${label}` : chart.title,
    series: runs.map((run) => series(run, column, run.name, DATA.runs.indexOf(run))) }));
}
for (const [id, list, rows] of [["judged-charts", JUDGED_CHARTS, "evaluated"], ["log-charts", LOG_CHARTS, "all"]])
  for (const chart of list)
    for (const spec of specs(chart, rows)) addChart(byId(id), spec, now, choose);
byId("curves").hidden = DATA.runs.every((run) => !run.all.length);
for (const [name, { label }] of Object.entries(ACROSS))
  byId("across").append(element("option", { value: name }, label));
for (const window of [1, 5, 20, 100])
  byId("smooth").append(element("option", { value: window }, window === 1 ? "1 row: as it is" : `${window} rows`));
byId("across").addEventListener("change", () => { view.across = byId("across").value; redraw(); });
byId("smooth").addEventListener("change", () => { view.window = Number(byId("smooth").value); redraw(); });
byId("whole").addEventListener("click", showWhole);

// --- The judge's figures as numbers ---
{
  const judged = DATA.runs.filter((run) => run.evaluated.length), names = Object.keys(FIGURES);
  if (!judged.length) {
    byId("judged-text").textContent = "There are no figures of a judge: none was asked for, or training has not come to an evaluation yet.";
    byId("judged").querySelector("details").hidden = byId("figures").hidden = true;
  } else {
    const expected = { kid: 0, density: 1, coverage: 1 - 0.5 ** 5 };
    if (floor) Object.assign(expected, { fid: floor.fid.mean, digit_kl: floor.digit_kl.mean });
    const lowest = (run) => run.evaluated.reduce((a, b) => run.columns.fid[b] < run.columns.fid[a] ? b : a);
    const rows = [["real images", ...names.map((name) => short(expected[name]))]];
    const best = [];
    for (const run of judged)
      for (const i of single ? [...run.evaluated].reverse() : [last(run.evaluated)]) {
        if (single && i === lowest(run)) best.push(rows.length);
        rows.push([single ? `step ${count(run.columns.step[i])}` : `${run.name}, step ${count(run.columns.step[i])}`,
          ...names.map((name) => short(run.columns[name][i]))]);
      }
    if (!single) {
      const fids = judged.map((run) => run.columns.fid[last(run.evaluated)]);
      best.push(1 + fids.indexOf(Math.min(...fids)));
    }
    const table = tableOf([single ? "" : "run", ...names.map((name) => FIGURES[name][0])], rows);
    table.tBodies[0].rows[0].className = "floor";
    for (const row of best) table.tBodies[0].rows[row].className = "best";
    byId("figures").append(table);
    for (const name of names)
      byId("meanings").append(element("dt", {}, FIGURES[name][0]), element("dd", {}, FIGURES[name][1]));
    const missing = DATA.runs.map((run) => run.floor && run.floor.missing).find(Boolean);
    byId("floor-missing").textContent = missing ? `The floor is not shown: ${missing}. dcgan report finds it where judge and data are.` : "";
  }
}

// --- Real and generated, and what lies nearest ---
const figure = (id, address, caption) => element("figure", {}, element("figcaption", {}, caption), element("img", { id, src: address, alt: caption }));
const shown = DATA.pictures || { missing: "several runs are compared" };
const training = shown.training || shown;
const besides = (text) => byId("both").append(element("p", { className: "soft" }, text));
byId("beside").hidden = !single;
byId("copies").hidden = !single || Boolean(training.missing);
if (shown.missing) besides(`No images can be drawn: ${shown.missing}.`);
else if (training.missing) besides(`No training images can be shown: ${training.missing}.`);
else byId("both").append(figure("real", training.real, "real"));
if (shown.generated) byId("both").append(figure("generated", shown.generated, "generated"));
if (!training.missing) {
  const usual = training.usual.length ? ` Real images are ${short(Math.min(...training.usual))} to ` +
    `${short(Math.max(...training.usual))} away from the nearest other one, half of them at most ${short(median(training.usual))}.` : "";
  byId("copies-text").textContent = "Left: a generated image. Right: of all training images the one that is nearest to it. " +
    "The number is their distance, Euclidean, pixel by pixel, pixels from 0 to 255: a copy would have 0." + usual;
  for (const pair of training.pairs)
    byId("pairs").append(element("figure", {}, element("div", {},
      element("img", { src: pair.generated, alt: "generated" }), element("img", { src: pair.nearest, alt: "nearest training image" })),
      element("figcaption", {}, short(pair.distance))));
}

// --- Settings ---
for (const run of DATA.runs)
  if (run.command) byId("repeat").append(element("p", {}, single ? "To repeat it, with the same build on the same machine:" :
    `To repeat ${run.name}:`), element("pre", {}, run.command));
{
  const units = { memory_bytes: (bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB` };
  const text = (name, value) => value === null || value === undefined ? "" : units[name] ? units[name](value) : String(value);
  const names = [...new Set(DATA.runs.flatMap((run) => Object.keys(run.config)))]
    .filter((name) => DATA.runs.some((run) => text(name, run.config[name]) !== ""));
  const machine = ["cpu", "cpus", "memory_bytes", "system", "threads", "version"].filter((name) => names.includes(name));
  const order = [...machine, ...names.filter((name) => !machine.includes(name))];
  const cells = (name) => DATA.runs.map((run) => text(name, run.config[name]));
  const differs = (name) => new Set(cells(name)).size > 1;
  order.sort((a, b) => differs(b) - differs(a));
  const table = tableOf(["", ...DATA.runs.map((run) => single ? "" : run.name)], order.map((name) => [name, ...cells(name)]));
  if (single) table.tHead.remove();
  order.forEach((name, i) => { if (differs(name)) table.tBodies[0].rows[i].className = "differs"; });
  byId("config").className = single ? "wide" : "wide several";
  if (order.length) byId("config").append(table);
  else byId("repeat").append(element("p", { className: "soft" }, "The run has no config.json."));
}
byId("made-by").textContent = `Made by dcgan report, Wisp ${DATA.version}. Charts: dygraphs ${Dygraph.VERSION}, ` +
  "github.com/danvk/dygraphs, under the MIT licence.";
if (moments.length) showMoment();
