// Line charts over the rows of a log, drawn by dygraphs: zoomed together, with the values under the pointer.
const charts = [];

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A number as one reads it: 1,234, 12.3, 0.00123, 1.2e-9.
function short(number) {
  if (number === null || number === undefined) return "";
  if (!Number.isFinite(number)) return "not finite";
  const size = Math.abs(number);
  if (size >= 1000) return Math.round(number).toLocaleString("en");
  if (size !== 0 && size < 1e-4) return number.toExponential(1).replace("-", "−");
  return String(Number(number.toPrecision(3))).replace("-", "−");
}

// What can go across: the label, a row's place, and the text of a place.
const ACROSS = {
  step: { label: "step", of: (columns, i) => columns.step[i], text: (x) => `step ${Math.round(x).toLocaleString("en")}` },
  images: { label: "images", of: (columns, i) => columns.images[i],
    text: (x) => `${Math.round(x).toLocaleString("en")} images` },
  minutes: { label: "minutes", of: (columns, i) => columns.seconds[i] / 60, text: (x) => `${short(x)} minutes` },
};
const view = { across: "step", window: 1 };

// The mean of the last `count` finite numbers up to each, where that one is finite.
function smoothed(numbers, count) {
  if (count === 1) return numbers;
  return numbers.map((number, i) => {
    if (!Number.isFinite(number)) return number;
    const finite = numbers.slice(Math.max(0, i - count + 1), i + 1).filter(Number.isFinite);
    return finite.reduce((sum, x) => sum + x, 0) / finite.length;
  });
}

// The rows of a chart: [x, a number for each series], null where a series has none there.
function rowsOf(spec) {
  const entries = [];
  spec.series.forEach((series, k) => {
    const { columns } = series.run;
    const numbers = series.rows.map((i) => columns[series.column][i]);
    const window = spec.smooth ? view.window : 1;
    smoothed(numbers, window).forEach((number, at) =>
      entries.push([ACROSS[view.across].of(columns, series.rows[at]), k, spec.log && number <= 0 ? NaN : number]));
  });
  const blank = (x) => [x, ...spec.series.map(() => null), ...spec.lines.map((line) => line.value)];
  const rows = [];
  for (const [x, k, number] of entries.sort((a, b) => a[0] - b[0])) {
    if (!rows.length || rows.at(-1)[0] !== x || rows.at(-1)[k + 1] !== null) rows.push(blank(x));
    rows.at(-1)[k + 1] = number;
  }
  // A line across reaches from side to side.
  if (rows.length && spec.lines.length) rows.push(blank(0), blank(spec.end(view.across)));
  return rows.sort((a, b) => a[0] - b[0]);
}

function legend(spec, data) {
  const key = (series) => element("i", { style: `color: ${style(series.colour)}`, className: series.dash ? "dashed" : "" });
  const parts = [...spec.series, ...spec.lines].map((series, k) => {
    const value = data.x === undefined ? undefined : data.series[k].y;
    return element("span", { className: series.run && DATA.runs.length > 1 ? "several" : "" }, key(series),
      value === undefined || value === null ? series.label : `${series.label} ${short(value)}`);
  });
  if (data.x !== undefined) parts.unshift(element("span", {}, ACROSS[view.across].text(data.x)));
  return element("div", {}, ...parts).innerHTML;
}

const colours = (spec) => ({
  colors: [...spec.series, ...spec.lines].map((series) => style(series.colour)),
  gridLineColor: style("--faint"),
  axisLineColor: style("--line"),
});

// All charts show the part that one was zoomed to.
let following = false;
function follow(moved) {
  byId("whole").disabled = !charts.some(({ graph }) => graph.isZoomed());
  if (following) return;
  following = true;
  const range = moved.isZoomed("x") ? moved.xAxisRange() : null;
  for (const { graph } of charts)
    if (graph !== moved && (range || graph.isZoomed("x"))) graph.updateOptions({ dateWindow: range });
  following = false;
  byId("whole").disabled = !charts.some(({ graph }) => graph.isZoomed());
}

function showWhole() {
  for (const { graph } of charts) graph.updateOptions({ dateWindow: null, valueRange: null });
  byId("whole").disabled = true;
}

// The dashed line at the moment that the samples above show.
function showNow(chart) {
  const area = chart.graph.getArea(), x = chart.now && chart.graph.toDomXCoord(chart.now(view.across));
  const inside = Number.isFinite(x) && x >= area.x && x <= area.x + area.w;
  chart.mark.hidden = !inside;
  if (inside) Object.assign(chart.mark.style, { left: `${x}px`, height: `${area.h}px` });
}

function alarmMarks(spec) {
  return spec.series.flatMap((series, k) => spec.series.findIndex((other) => other.run === series.run) !== k ? [] :
    series.run.alarms.flatMap((alarm, number) => {
      const at = series.run.columns.step.indexOf(alarm.step);
      return at < 0 || !series.rows.includes(at) ? [] : [{ series: series.label, shortText: String(number + 1),
        x: ACROSS[view.across].of(series.run.columns, at), text: alarm.text, cssClass: "alarm", width: 16, height: 16,
        attachAtBottom: true }];
    }));
}

// spec: {title, text, log, smooth, points, series: [{label, run, column, rows, colour}], lines: [{label, value, colour}],
// end(across)}; `now(across)` is the place of the samples shown, `choose(x)` is called where the chart is clicked.
function addChart(parent, spec, now, choose) {
  const plot = element("div", { className: "plot" }), values = element("div", { className: "values" });
  const mark = element("div", { className: "now", hidden: true });
  parent.append(element("figure", { className: "chart" }, element("h3", {}, spec.title),
    element("p", {}, spec.text), values, plot));
  const all = [...spec.series, ...spec.lines];
  const chart = { spec, mark, now, graph: null };
  chart.graph = new Dygraph(plot, () => rowsOf(spec), {
    labels: ["x", ...all.map((series) => series.label)],
    ...colours(spec),
    labelsDiv: values,
    legend: "always",
    legendFormatter: (data) => legend(spec, data),
    logscale: Boolean(spec.log),
    connectSeparatedPoints: true,
    includeZero: Boolean(spec.zero),
    drawPoints: Boolean(spec.points),
    pointSize: 3,
    strokeWidth: 1.6,
    highlightCircleSize: 4,
    xRangePad: 4,
    yRangePad: 6,
    series: Object.fromEntries(all.filter((series) => series.dash).map((series) =>
      [series.label, { strokePattern: [6, 4], drawPoints: false }])),
    axes: {
      x: { axisLabelFormatter: (x) => short(x), drawGrid: false, pixelsPerLabel: 70 },
      y: { axisLabelFormatter: (y) => short(y), axisLabelWidth: 48 },
    },
    drawCallback: (graph, first) => {
      if (!chart.graph) chart.graph = graph;
      showNow(chart);
      if (!first) follow(graph);
    },
    highlightCallback: (event, x, points, row) => {
      for (const { graph } of charts)
        if (graph !== chart.graph && graph.numRows() === chart.graph.numRows()) graph.setSelection(row);
    },
    unhighlightCallback: () => charts.forEach(({ graph }) => graph !== chart.graph && graph.clearSelection()),
    clickCallback: (event, x) => choose(x),
  });
  plot.append(mark);
  chart.graph.setAnnotations(alarmMarks(spec));
  charts.push(chart);
}

// After a change of what goes across, of the window or of the colours.
function redraw() {
  following = true;
  for (const { graph, spec } of charts) {
    graph.updateOptions({ file: () => rowsOf(spec), dateWindow: null, valueRange: null, ...colours(spec) });
    graph.setAnnotations(alarmMarks(spec));
  }
  following = false;
  byId("whole").disabled = true;
}

for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", redraw);
