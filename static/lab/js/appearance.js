// Runs before the first paint: theme and projector mode as they were chosen last.
(() => {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem("theme");
    if (theme) root.dataset.theme = theme;
    if (localStorage.getItem("projector")) root.dataset.projector = "";
  } catch {
    // storage is forbidden: the system's theme, normal size
  }
})();
