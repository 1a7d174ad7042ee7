// What a page may do before anyone asks for it.

const pause = 1000;
const longestRoundTrip = 200; // ms
const longestWait = 5000; // ms, of a page that is never idle

/** Answers 'yes' once the page has had nothing to do, or 'no' at once on a slow or metered line, or where the browser does not tell. */
export async function canLoadAhead() {
  const line = navigator.connection;
  if (!line || line.saveData || line.effectiveType !== '4g' || line.rtt > longestRoundTrip) {
    return 'no';
  }
  await new Promise(done => setTimeout(done, pause));
  await new Promise(done => requestIdleCallback(done, { timeout: longestWait }));
  return 'yes';
}
