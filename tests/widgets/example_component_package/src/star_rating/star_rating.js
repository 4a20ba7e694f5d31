function render({ model, el }) {
  const row = document.createElement("div");
  const draw = () => {
    row.replaceChildren(...[1, 2, 3, 4, 5].map((place) => {
      const star = document.createElement("button");
      star.textContent = place <= model.get("value") ? model.get("symbol") : "☆";
      star.disabled = model.get("disabled");
      star.setAttribute("aria-label", `${place} of 5`);
      star.addEventListener("click", () => {
        model.set("value", place);
        model.save_changes();
      });
      return star;
    }));
  };
  for (const name of ["value", "symbol", "disabled"]) model.on("change:" + name, draw);
  draw();
  el.append(row);
}
export default { render };
