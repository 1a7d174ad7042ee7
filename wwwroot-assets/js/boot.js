// Starts the circuit with practically unlimited retries: the studio may restart at any time, and the page should reconnect afterwards.
(() => {
  const banner = document.getElementById('components-reconnect-modal');
  banner.addEventListener('components-reconnect-state-changed', event => {
    const { state, secondsToNextAttempt } = event.detail;
    if (state === 'rejected') {
      location.reload(); // the server was restarted; the URL holds the view
    } else if (state === 'failed') {
      setTimeout(() => Blazor.reconnect(), 2000);
    } else if (state === 'retrying' && secondsToNextAttempt === 0) {
      leaveIfSignedOut();
    }
  });

  // Reloads if the user signed out in another tab: the server then rejects this connection permanently and redirects to the login page.
  async function leaveIfSignedOut() {
    try {
      const answer = await fetch(document.baseURI, { headers: { Accept: 'text/html' }, redirect: 'manual', cache: 'no-store' });
      if (answer.type === 'opaqueredirect') {
        location.reload();
      }
    } catch { /* the server is unreachable too: reconnecting continues */ }
  }

  // What starting.js shows and does until the page is drawn.
  const start = document.documentElement.dataset;
  start.start = 'connecting';

  // Notes whether the page's first connection fails or is lost: without it the framework neither tries again nor says anything true.
  function watchConnection(builder) {
    const build = builder.build.bind(builder);
    builder.build = () => {
      const connection = build();
      const connect = connection.start.bind(connection);
      connection.start = () => connect().catch(error => { fail(); throw error; });
      connection.on('JS.Error', () => { start.start = 'stopped'; });
      connection.onclose(fail);
      return connection;
    };
  }

  function fail() {
    if (start.start === 'connecting' && !document.querySelector('.mud-layout')) {
      start.start = 'failed';
    }
  }

  Blazor.start({
    circuit: {
      configureSignalR: watchConnection,
      reconnectionOptions: {
        maxRetries: 1000000,
        retryIntervalMilliseconds: attempt => attempt < 4 ? 500 : 2000,
      },
    },
  });
})();
