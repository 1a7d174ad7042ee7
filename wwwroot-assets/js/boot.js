// Starts the circuit with a retry that never gives up: the studio may be restarted at any time, and the page should be there when it is back.
(() => {
  const banner = document.getElementById('components-reconnect-modal');
  banner.addEventListener('components-reconnect-state-changed', event => {
    const { state, secondsToNextAttempt } = event.detail;
    if (state === 'rejected') {
      location.reload(); // the program was restarted; the address holds the view
    } else if (state === 'failed') {
      setTimeout(() => Blazor.reconnect(), 2000);
    } else if (state === 'retrying' && secondsToNextAttempt === 0) {
      leaveIfSignedOut();
    }
  });

  // Signed out in another tab: the server refuses this one's connection for good and leads to the login page instead.
  async function leaveIfSignedOut() {
    try {
      const answer = await fetch(document.baseURI, { headers: { Accept: 'text/html' }, redirect: 'manual', cache: 'no-store' });
      if (answer.type === 'opaqueredirect') {
        location.reload();
      }
    } catch { /* no server either: the connection is tried again anyway */ }
  }

  Blazor.start({
    circuit: {
      reconnectionOptions: {
        maxRetries: 1000000,
        retryIntervalMilliseconds: attempt => attempt < 4 ? 500 : 2000,
      },
    },
  });
})();
