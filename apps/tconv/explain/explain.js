// The page plays what DATA holds: grids of numbers, and steps that read and write their cells.

// As number_text in numbers.h; DATA's numbers are rounded already.
const numberText = (value) =>
  value === null ? "" : value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(2) : String(value);
const sizeText = ([channels, rows, columns]) => (channels > 1 ? `${channels} × ` : "") + `${rows} × ${columns}`;

// A grid on the page: one table for each channel that is shown.
class Grid {
  constructor({ title, size, shown, labels, values }) {
    this.values = Array.isArray(values) ? values : Array(shown[0] * shown[1] * shown[2]).fill(values);
    this.shown = shown;
    this.largest = 0;
    this.cells = [];
    const [channels, rows, columns] = shown;
    const tables = element("div", { className: "channels" });
    for (let channel = 0; channel < channels; ++channel) {
      const table = element("table", { className: columns > 20 ? "grid dense" : "grid" });
      table.dataset.title = title;
      table.dataset.channel = channel;
      table.setAttribute("aria-label", title + (labels[channel] ? `, ${labels[channel]}` : ""));
      for (let row = 0; row < rows; ++row) {
        const line = table.insertRow();
        for (let column = 0; column < columns; ++column) this.cells.push(line.insertCell());
      }
      const label = labels[channel] ? [element("div", { className: "soft", textContent: labels[channel] })] : [];
      tables.append(element("div", {}, ...label, element("div", { className: "wide" }, table)));
    }
    const cropped = size.some((extent, i) => extent > shown[i]);
    this.figure = element("figure", {},
      element("figcaption", { textContent: `${title} (${sizeText(size)})` }), tables,
      ...(rows * columns === 0 ? [element("p", { className: "soft", textContent: "no kernel pixel belongs to it: all zero" })] : []),
      ...(cropped ? [element("p", { className: "soft cropped",
        textContent: `Cropped: ${sizeText(shown)} of ${sizeText(size)} are shown, all are computed.` })] : []));
  }

  // The cells of a read: a rectangle in one channel, or (-1) in all of them.
  inRectangle([, channel, row, column, rows = 1, columns = 1, rowStep = 1, columnStep = 1]) {
    const [channels, height, width] = this.shown, found = [];
    for (let c = 0; c < channels; ++c) {
      if (channel >= 0 && c !== channel) continue;
      for (let i = 0, y = row; i < rows && y < height; ++i, y += rowStep)
        for (let j = 0, x = column; j < columns && x < width; ++j, x += columnStep)
          found.push(this.cells[(c * height + y) * width + x]);
    }
    return found;
  }

  draw(index, value) {
    const cell = this.cells[index], text = numberText(value);
    if (cell.textContent !== text) cell.textContent = text;
    cell.classList.toggle("positive", value > 0);
    cell.classList.toggle("negative", value < 0);
    cell.classList.toggle("zero", value === 0);
    cell.style.setProperty("--share", `${value ? 12 + 58 * Math.abs(value) / this.largest : 100}%`);
  }
}

// The largest magnitude of `least` and every step-th of the values; a page may hold too many for Math.max(...values).
const largestOf = (values, least, from, step) => {
  let largest = least;
  for (let i = from; i < values.length; i += step) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
};

// Grids and steps: shows the state after any number of steps.
class Scene {
  constructor({ grids, steps }) {
    this.steps = steps;
    this.grids = grids.map((grid) => new Grid(grid));
    this.at = 0;
    this.marked = [];
    for (const grid of this.grids) grid.largest = largestOf(grid.values, 1e-300, 0, 1);
    for (const [, , writes] of steps)
      for (const write of writes) this.grids[write[0]].largest = largestOf(write, this.grids[write[0]].largest, 2, 2);
    this.element = element("div", { className: "grids" }, ...this.grids.map(({ figure }) => figure));
    this.reset();
  }

  reset() {
    this.at = 0;
    for (const grid of this.grids) grid.values.forEach((value, index) => grid.draw(index, value));
  }

  go(target) {
    const step = Math.min(Math.max(target, 0), this.steps.length);
    for (const cell of this.marked) cell.classList.remove("read", "written");
    this.marked = [];
    if (step < this.at) this.reset();
    for (; this.at < step; ++this.at) this.write(this.steps[this.at], this.at === step - 1);
  }

  write([, reads, writes], mark) {
    for (const [g, ...pairs] of writes)
      for (let k = 0; k < pairs.length; k += 2) {
        this.grids[g].draw(pairs[k], pairs[k + 1]);
        if (mark) this.mark(this.grids[g].cells[pairs[k]], "written");
      }
    if (mark) for (const read of reads) this.grids[read[0]].inRectangle(read).forEach((cell) => this.mark(cell, "read"));
  }

  mark(cell, name) {
    cell.classList.add(name);
    this.marked.push(cell);
  }
}

// A section of the page with a scene, buttons, a slider and a caption.
class Player {
  constructor(section, data) {
    this.section = section;
    this.scene = new Scene(data);
    this.last = data.steps.length;
    const button = (name, target) =>
      element("button", { type: "button", textContent: name, onclick: () => this.go(target()) });
    this.back = [button("First", () => 0), button("Back", () => this.scene.at - 1)];
    this.forth = [button("Next", () => this.scene.at + 1), button("Last", () => this.last)];
    this.slider = element("input", { type: "range", min: 0, max: this.last, value: 0, ariaLabel: "Step",
      oninput: () => this.go(Number(this.slider.value)) });
    this.position = element("span", { className: "soft position" });
    this.caption = element("p", { className: "caption numbers" });
    this.caption.setAttribute("aria-live", "polite");
    const total = this.last - 1 + data.skipped;
    const skipped = data.skipped ? [element("p", { className: "soft skipped",
      textContent: `Of ${total} steps ${this.last - 1} are shown one by one, the others at once in the last.` })] : [];
    const note = data.note ? [element("p", { className: "soft cropped", textContent: data.note })] : [];
    section.append(
      element("div", { className: "controls" }, ...this.back, ...this.forth, this.slider, this.position), ...skipped, ...note, this.caption,
      this.scene.element,
      element("p", { className: "soft" }, "Largest difference from the library's result: ",
        element("span", { className: "distance", textContent: numberText(data.distance) })));
    this.go(0);
  }

  go(step) {
    this.scene.go(step);
    const { at } = this.scene;
    this.slider.value = at;
    this.section.dataset.step = at;
    this.section.dataset.steps = this.last;
    this.position.textContent = `step ${at} of ${this.last}`;
    this.caption.textContent = at === 0 ? "Before the first step." : this.scene.steps[at - 1][0];
    for (const button of this.back) button.disabled = at === 0;
    for (const button of this.forth) button.disabled = at === this.last;
  }
}

byId("title").textContent = DATA.title;
byId("about").textContent = DATA.about.charAt(0).toUpperCase() + DATA.about.slice(1);
byId("arithmetic").textContent = DATA.arithmetic.join("\n");
byId("verdict").textContent = DATA.restoration.verdict;
byId("code-cpp").textContent = DATA.code.cpp;
byId("code-python").textContent = DATA.code.python;
for (const [name, address] of Object.entries(DATA.pictures)) byId(`picture-${name}`).src = address;
for (const [name, note] of Object.entries(DATA.notes)) if (note) byId(`note-${name}`).textContent = ` (${note})`;
byId("overlap").append(new Scene(DATA.overlap).element);
byId("restoration").append(new Scene(DATA.restoration).element);

const players = [...document.querySelectorAll(".method")].map((section) => new Player(section, DATA.methods[section.id]));
let current = players[0];
for (const player of players)
  for (const event of ["focusin", "pointerdown"]) player.section.addEventListener(event, () => { current = player; });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLInputElement) return;
  const chosen = players[Number(event.key) - 1];
  const inside = current.section.contains(document.activeElement);
  if (chosen) chosen.section.focus();
  else if (event.key === "ArrowRight") current.go(current.scene.at + 1);
  else if (event.key === "ArrowLeft") current.go(current.scene.at - 1);
  else if (event.key === "Home" && inside) current.go(0);
  else if (event.key === "End" && inside) current.go(current.last);
  else return;
  event.preventDefault();
});

// On paper every computation is complete.
addEventListener("beforeprint", () => players.forEach((player) => player.go(player.last)));
