const element = (id) => document.getElementById(id);
const scratch = document.createElement("canvas");
scratch.width = scratch.height = DATA.size;

function whole(name) {
  return document.querySelector(`[data-whole="${name}"], [data-whole="${name}_restored"]`);
}

function show() {
  const left = Number(element("left").value), top = Number(element("top").value);
  Object.assign(element("frame").style, { left: `${100 * left / DATA.width}%`, top: `${100 * top / DATA.height}%` });
  for (const image of document.querySelectorAll("[data-detail]")) {
    scratch.getContext("2d").drawImage(whole(image.dataset.detail), -left, -top);
    image.src = scratch.toDataURL();
  }
}

function follow(event) {
  const map = element("map").getBoundingClientRect();
  element("left").value = (event.clientX - map.left) / map.width * DATA.width - DATA.size / 2;
  element("top").value = (event.clientY - map.top) / map.height * DATA.height - DATA.size / 2;
  show();
}

element("left").addEventListener("input", show);
element("top").addEventListener("input", show);
element("map").addEventListener("pointerdown", (event) => { event.preventDefault(); follow(event); });
element("map").addEventListener("pointermove", (event) => { if (event.buttons === 1) follow(event); });
document.querySelector("main").classList.add("live");
