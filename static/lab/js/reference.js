/** The reference page: find as you type. */

const field = document.getElementById("find");
const none = document.getElementById("none");
const rows = [...document.querySelectorAll(".entry")].map((node) => [
  node,
  node.textContent.toLowerCase(),
]);

field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const [node, text] of rows) {
    node.hidden = !words.every((word) => text.includes(word));
    shown += !node.hidden;
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector(".entry:not([hidden])");
  }
  none.hidden = shown > 0;
});
