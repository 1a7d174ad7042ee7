// Notifications of the browser. Permission is asked for only by a click on the button that carries data-notices.

const key = 'notices';

function isWanted() {
  try { return localStorage.getItem(key) === 'on'; } catch { return false; }
}

function keep(choice) {
  try { localStorage.setItem(key, choice); } catch { /* storage is disabled: nothing is kept, and nothing is shown */ }
}

function state() {
  return !window.isSecureContext ? 'insecure'
    : !('Notification' in window) ? 'missing'
    : Notification.permission === 'denied' ? 'denied'
    : Notification.permission === 'granted' && isWanted() ? 'on'
    : 'off';
}

/** Tells the page whether notifications are shown, at once and after each click on the button. */
export function watchNotices(page) {
  const tell = isAsked => page.invokeMethodAsync('SetNotices', state(), isAsked).catch(() => { });
  const press = async event => {
    if (!event.target.closest?.('[data-notices]')) {
      return;
    }
    if (state() === 'on') {
      keep('off');
    } else if (state() === 'off') {
      keep('on');
      await Notification.requestPermission(); // answers at once where it was asked before
    }
    tell(true);
  };
  document.addEventListener('click', press);
  tell(false);
  return { stop: () => document.removeEventListener('click', press) };
}

/** Shows a notification; several tabs show one of the same id together. */
export function notify(id, title, text, page) {
  try {
    const shown = new Notification(title, { body: text, tag: id });
    shown.onclick = () => {
      window.focus();
      location.assign(new URL(page, document.baseURI));
      shown.close();
    };
  } catch { /* browsers on phones show none from a page */ }
}
