// Watches a page until it is drawn for the first time: says so if that takes long, and loads the page again where its start failed.
(() => {
  const tick = 1000; // milliseconds, as all times here
  const slowAfter = 4000; // boot.css shows its sentence then, for a page whose scripts do not arrive
  const stalledAfter = 20000; // without anything arriving, although the studio answers
  const longestPause = 60000;
  const mostTriesDrawn = 3; // a page that lacks a style can be used, if need be
  const state = document.documentElement.dataset; // boot.js sets `start` to failed or stopped
  const begun = performance.now();
  let arrived = 0;
  let arrivedAt = begun;
  let failedAt = null;
  let isAsking = false;

  const watch = setInterval(() => {
    const isDone = isDrawn() && document.readyState === 'complete' && (!lacksFiles() || tries() >= mostTriesDrawn);
    if (isDone || state.start === 'stopped') {
      clearInterval(watch);
      setTries(0);
      return;
    }

    const now = performance.now();
    const count = performance.getEntriesByType('resource').filter(entry => !entry.name.endsWith('/healthz/live')).length;
    if (count !== arrived) {
      [arrived, arrivedAt] = [count, now];
    }

    if (failedAt === null && (state.start === 'failed' || lacksFiles())) {
      failedAt = now;
    }

    if (!isAsking && (failedAt !== null || now - begun > slowAfter)) {
      isAsking = true;
      answers().then(isThere => { isAsking = false; proceed(isThere); });
    }
  }, tick);

  function isDrawn() {
    return document.querySelector('.mud-layout') !== null;
  }

  // True once the browser has given up on a script or a style of the page.
  function lacksFiles() {
    return document.readyState === 'complete'
      && (!window.Blazor || !state.start || ![...document.querySelectorAll('link[rel=stylesheet]')].every(hasRules));
  }

  function hasRules(link) {
    try { return link.sheet.cssRules.length > 0; } catch { return false; /* none arrived */ }
  }

  async function answers() {
    try {
      return (await fetch('healthz/live', { cache: 'no-store', signal: AbortSignal.timeout(5000) })).ok;
    } catch {
      return false;
    }
  }

  // Each further load waits twice as long: the cause may be one that loading does not mend.
  function proceed(isThere) {
    if (isDrawn() && !lacksFiles()) {
      return;
    }

    const pause = Math.min(tries() === 0 ? 0 : 1000 * 2 ** tries(), longestPause);
    const left = failedAt !== null
      ? failedAt + pause - performance.now()
      : arrivedAt + Math.max(stalledAfter, pause) - performance.now();
    if (!isThere) {
      say('The studio cannot be reached. This page tries again every few seconds and opens once it can; '
        + 'runs continue as long as the studio does.');
    } else if (left <= 0) {
      setTries(tries() + 1);
      location.reload();
    } else if (failedAt !== null) {
      say(`This page could not be started; it is loaded again in ${Math.ceil(left / 1000)} s.`);
    } else {
      say('The connection is slow: this page is still loading.');
    }
  }

  function say(text) {
    const place = document.querySelector('.boot-late');
    if (place && place.textContent !== text) {
      place.textContent = text;
    }

    place?.classList.add('is-due');
  }

  function tries() {
    try { return Number(sessionStorage.getItem('starts')) || 0; } catch { return 0; /* storage is disabled */ }
  }

  function setTries(count) {
    try { sessionStorage.setItem('starts', count); } catch { /* storage is disabled: every load is the first */ }
  }
})();
