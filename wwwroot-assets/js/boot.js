// Starts the circuit with a retry that never gives up: the studio may be restarted at any time, and the page should be there when it is back.
(() => {
  const banner = document.getElementById('components-reconnect-modal');
  banner.addEventListener('components-reconnect-state-changed', event => {
    const state = event.detail.state;
    if (state === 'rejected') {
      location.reload(); // the program was restarted; the address holds the view
    } else if (state === 'failed') {
      setTimeout(() => Blazor.reconnect(), 2000);
    }
  });

  Blazor.start({
    circuit: {
      reconnectionOptions: {
        maxRetries: 1000000,
        retryIntervalMilliseconds: attempt => attempt < 4 ? 500 : 2000,
      },
    },
  });
})();
