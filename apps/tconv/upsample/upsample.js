const scratch = document.createElement("canvas");
scratch.width = scratch.height = DATA.size;

const source = (name) => document.querySelector(`[data-source="${name}"]`);

function show() {
  const left = Number(byId("left").value), top = Number(byId("top").value);
  Object.assign(byId("frame").style, { left: `${100 * left / DATA.width}%`, top: `${100 * top / DATA.height}%` });
  for (const image of document.querySelectorAll("[data-detail]")) {
    scratch.getContext("2d").drawImage(source(image.dataset.detail), -left, -top);
    image.src = scratch.toDataURL();
  }
}

function follow(event) {
  const map = byId("map").getBoundingClientRect();
  byId("left").value = (event.clientX - map.left) / map.width * DATA.width - DATA.size / 2;
  byId("top").value = (event.clientY - map.top) / map.height * DATA.height - DATA.size / 2;
  show();
}

byId("left").addEventListener("input", show);
byId("top").addEventListener("input", show);
byId("map").addEventListener("pointerdown", (event) => { event.preventDefault(); follow(event); });
byId("map").addEventListener("pointermove", (event) => { if (event.buttons === 1) follow(event); });
document.querySelector("main").classList.add("live");
