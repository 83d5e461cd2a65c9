// SPDX-License-Identifier: MIT
// Talks to the server. All addresses are relative: the page may live below any
// path of a reverse proxy.
import { serverSays } from './time.js';

export class ApiError extends Error {
  constructor(status, message, options) {
    super(message, options);
    this.status = status;
  }
}

// A 401 to this is for the page to deal with: the browser shall not ask for a name
// and a password by itself. No form on another site can send it, either.
const OURS = { 'X-Requested-With': 'anomaly-dashboard' };

const AWAY = 'The server cannot be reached.';

/** Awaits an import(), with an error that people understand. */
export async function part(imported) {
  try {
    return await imported;
  } catch (cause) {
    throw new ApiError(0, AWAY, { cause });
  }
}

export function toLogin() {
  location.assign('login');
}

async function errorOf(response) {
  let message = `The server answered ${response.status}.`;
  try {
    message = (await response.json()).error || message;
  } catch {
    // not JSON: a proxy's page, say
  }
  return new ApiError(response.status, message);
}

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...options, headers: { ...OURS, ...options.headers } });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, AWAY, { cause: error });
  }
  serverSays(response.headers.get('Date'));
  if (response.status === 401) toLogin();
  if (!response.ok) throw await errorOf(response);
  return response;
}

/** Leaves out what is undefined, null or ''. */
export function address(path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return wanted.length ? `${path}?${new URLSearchParams(wanted)}` : path;
}

async function get(path, query, signal) {
  return (await request(address(path, query), { signal })).json();
}

export const summary = (signal) => get('api/summary', {}, signal);
export const hosts = (signal) => get('api/hosts', {}, signal);
export const series = (query, signal) => get('api/series', query, signal);
export const samples = (query, signal) => get('api/samples', query, signal);
export const runs = (query, signal) => get('runs', query, signal);

/** Open runs first, then newest first, `limit` of the others at most. */
export async function runsOpenFirst(query, signal) {
  const [open, newest] = await Promise.all([runs({ ...query, open: 1 }, signal), runs(query, signal)]);
  const known = new Set(open.map((one) => one.id));
  return [...open, ...newest.filter((one) => !known.has(one.id))];
}

/** What has been sent, by the page or by scripts, newest first. */
export async function uploads(query, signal) {
  const both = await Promise.all(['upload', 'api'].map((source) => runs({ ...query, source }, signal)));
  return both.flat().sort((a, b) => b.id - a.id).slice(0, query.limit);
}

export const run = (id, signal) => get(`runs/${id}`, {}, signal);

export function giveVerdict(id, verdict, note) {
  return request(`runs/${id}/verdict`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ verdict, note }),
  });
}

export const deleteRun = (id) => request(`runs/${id}`, { method: 'DELETE' });
export const forgetModel = (host, detector) => request(address('api/models', { host, detector }), { method: 'DELETE' });
export const logout = () => request('logout', { method: 'POST' });

/** {text, seed} */
export async function sample(rows, seed) {
  const response = await request(address('sample', { rows, seed }));
  return { text: await response.text(), seed: response.headers.get('X-Seed') ?? seed };
}

/**
 * Uploads a file or text to be detected on. XMLHttpRequest, because fetch does not
 * tell how much of a body has been sent. `progress` gets 0..1; `signal` cancels.
 */
export function detect(body, contentType, progress, signal) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', 'detect');
    xhr.setRequestHeader('Content-Type', contentType);
    for (const [name, value] of Object.entries(OURS)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    xhr.onerror = () => reject(new ApiError(0, 'The upload broke off: the server cannot be reached, or the file is too large for it.'));
    xhr.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
    xhr.onload = () => {
      if (xhr.status === 401) toLogin();
      let answer = null;
      try {
        answer = JSON.parse(xhr.responseText);
      } catch {
        // said below
      }
      if (xhr.status === 200 && answer) resolve(answer);
      else reject(new ApiError(xhr.status, answer?.error || `The server answered ${xhr.status}.`));
    };
    signal.addEventListener('abort', () => xhr.abort());
    xhr.send(body);
  });
}
