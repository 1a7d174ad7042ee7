// Runs before the first paint to avoid a flash of the wrong theme.
(() => {
  let choice = null;
  try { choice = localStorage.getItem('theme'); } catch { /* storage is disabled: use the system theme */ }
  if (choice === 'light' || choice === 'dark') {
    document.documentElement.dataset.theme = choice;
  }
})();
