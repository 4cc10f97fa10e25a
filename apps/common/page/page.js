// What the pages' scripts share.
const byId = (id) => document.getElementById(id);
const element = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};
