// Browser notifications. Requests permission only on a click on the button with data-notices.

const key = 'notices';

function isWanted() {
  try { return localStorage.getItem(key) === 'on'; } catch { return false; }
}

function keep(choice) {
  try { localStorage.setItem(key, choice); } catch { /* storage is disabled: the choice is lost, and nothing is shown */ }
}

function state() {
  return !window.isSecureContext ? 'insecure'
    : !('Notification' in window) ? 'missing'
    : Notification.permission === 'denied' ? 'denied'
    : Notification.permission === 'granted' && isWanted() ? 'on'
    : 'off';
}

/** Reports to the page whether notifications are shown, immediately and after each click on the button. */
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
      await Notification.requestPermission(); // resolves immediately if the user has decided before
    }
    tell(true);
  };
  document.addEventListener('click', press);
  tell(false);
  return { stop: () => document.removeEventListener('click', press) };
}

/** Shows a notification; tabs share one per id. */
export function notify(id, title, text, page) {
  try {
    const shown = new Notification(title, { body: text, tag: id });
    shown.onclick = () => {
      window.focus();
      location.assign(new URL(page, document.baseURI));
      shown.close();
    };
  } catch { /* mobile browsers do not support notifications from a page */ }
}
