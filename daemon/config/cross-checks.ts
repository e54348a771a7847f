/** What must hold between several keys, or between a key and the files it names. */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { createSecureContext } from 'node:tls';
import { errorCode, errorText } from '../errors.ts';
import { childPath, itemPath } from './key-lines.ts';
import type { FaultList, ListenerValues, RouteValues, Settings } from './read-settings.ts';

/** Longer paths of sockets are cut by the kernel without a word (sockaddr_un has 108 bytes, with the final NUL). */
export const maxSocketPathBytes = 107;

export function crossCheck(settings: Settings, faults: FaultList): void {
  const { values, listeners, routes, written } = settings;
  const need = (path: string, key: string, message: string): void => {
    // What is written and wrong has its fault already.
    if (!written.has(childPath(path, key))) faults.add(path, message);
  };
  listeners.forEach(({ protocol, tls }, index) => {
    const path = itemPath('listeners', index);
    if (protocol === 'minger' && tls !== 'none' && written.has(childPath(path, 'tls')))
      faults.add(childPath(path, 'tls'), 'must be "none": Minger has no encryption');
    need(path, 'protocol', 'needs a protocol');
    need(path, 'port', 'needs a port');
    checkPort(index, listeners, faults);
  });
  routes.forEach((route, index) => {
    const path = itemPath('routes', index);
    need(path, 'domain', 'needs a domain, or "*" for all');
    if (route.connection === null) need(path, 'via', 'needs via or connection');
    checkRoute(route, path, faults);
  });
  checkFolders(values['mailboxes.default_folders'], faults);
  checkCertificate(values['tls.certificate'], values['tls.key'], faults);
  const socket = values['control.socket'];
  if (socket !== null && process.platform !== 'win32' && Buffer.byteLength(socket) > maxSocketPathBytes) {
    faults.add('control.socket', `must not be longer than ${maxSocketPathBytes} bytes`);
  }
}

function checkPort(index: number, listeners: readonly ListenerValues[], faults: FaultList): void {
  const listener = listeners[index];
  const other = listeners.findIndex((earlier) => listener !== undefined && sameSocket(earlier, listener));
  if (other === -1 || other >= index) return;
  const path = childPath(itemPath('listeners', index), 'port');
  faults.add(path, `port ${listener?.port} is taken by ${itemPath('listeners', other)}`);
}

/** True when both cannot be bound at once: the same port at the same address, or at all addresses of the family. */
function sameSocket(a: ListenerValues, b: ListenerValues): boolean {
  if (a.port === null || a.port === 0 || a.port !== b.port) return false;
  const covers = (wide: string, narrow: string): boolean =>
    wide === narrow || wide === '::' || (wide === '0.0.0.0' && !isIPv6(narrow));
  return covers(a.address, b.address) || covers(b.address, a.address);
}

function checkRoute(route: RouteValues, path: string, faults: FaultList): void {
  if (route.via !== null && route.connection !== null) {
    faults.add(childPath(path, 'connection'), 'cannot stand beside via: one of them is the way');
  }
  if (route.tls !== null && route.via?.tls === 'implicit') {
    faults.add(childPath(path, 'tls'), 'has no meaning with smtps://, which is always encrypted');
  }
}

/** RFC 6154: a folder has one use. */
function checkFolders(folders: Readonly<Partial<Record<string, string>>>, faults: FaultList): void {
  const uses = new Map<string, string>();
  for (const [use, name] of Object.entries(folders)) {
    if (name === undefined) continue;
    const other = uses.get(name);
    if (other !== undefined)
      faults.add(childPath('mailboxes.default_folders', use), `"${name}" is the folder of ${other} already`);
    uses.set(name, use);
  }
}

function checkCertificate(certificate: string | null, key: string | null, faults: FaultList): void {
  if (certificate !== null && key === null) faults.add('tls.certificate', 'needs tls.key beside it');
  if (key !== null && certificate === null) faults.add('tls.key', 'needs tls.certificate beside it');
  const cert = certificate === null ? null : read('tls.certificate', certificate, faults);
  const privateKey = key === null ? null : read('tls.key', key, faults);
  if (cert === null || privateKey === null) return;
  try {
    createSecureContext({ cert, key: privateKey });
  } catch (error) {
    faults.add('tls.certificate', `does not serve together with tls.key: ${errorText(error)}`);
  }
}

function read(key: string, file: string, faults: FaultList): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    faults.add(key, `cannot be read: ${errorCode(error) ?? errorText(error)}`);
    return null;
  }
}
