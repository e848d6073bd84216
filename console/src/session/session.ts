// Who is logged in, in this window. The key is kept where scripts of this origin
// alone can read it: for this tab, or for this computer when the user asks for it.
// The portal keeps its own, so that an embedded page never sees an operator's key.

export const portal = location.pathname === '/portal' || location.pathname.startsWith('/portal/');

const name = portal ? 'carillon.portal' : 'carillon.session';

let token: string | null = fromLink() ?? read();

/** The key or session token that requests are made with; null before a login. */
export function currentToken(): string | null {
  return token;
}

export function logIn(key: string, stay: boolean) {
  token = key;
  try {
    (stay ? localStorage : sessionStorage).setItem(name, key);
  } catch {
    // A browser that forbids storage, in a frame for instance: this page's memory does.
  }
}

export function forget() {
  token = null;
  try {
    sessionStorage.removeItem(name);
    localStorage.removeItem(name);
  } catch {
    // As above.
  }
}

function read(): string | null {
  try {
    return sessionStorage.getItem(name) ?? localStorage.getItem(name);
  } catch {
    return null;
  }
}

// A link logs in by its fragment, which browsers send to no server. It is taken out
// of the address at once, so that it stays in no history.
function fromLink(): string | null {
  const link = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!link) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  try {
    sessionStorage.setItem(name, link);
  } catch {
    // As above.
  }
  return link;
}
