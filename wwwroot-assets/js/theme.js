// Runs before the first paint, so that a chosen theme shows without a flash of the other.
(() => {
  let choice = null;
  try { choice = localStorage.getItem('theme'); } catch { /* storage is off: follow the system */ }
  if (choice === 'light' || choice === 'dark') {
    document.documentElement.dataset.theme = choice;
  }
})();
