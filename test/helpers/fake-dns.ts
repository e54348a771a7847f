/**
 * A name server on 127.0.0.1 that answers from a script: real UDP, real packets (RFC 1035), so that what is tested is
 * the resolver with all that lies below it.
 *
 * Names that the script does not know are NXDOMAIN; known names without the type asked for are NODATA.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';

export interface Zone {
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  /** `[preference, host]`; the host `.` makes a null MX. */
  readonly MX?: readonly (readonly [number, string])[];
  readonly TXT?: readonly string[];
  readonly PTR?: readonly string[];
  readonly CNAME?: string;
  readonly ttl?: number;
  /** Instead of an answer, for this name: to all types, or to those named. */
  readonly fails?: 'SERVFAIL' | 'NXDOMAIN' | 'REFUSED' | 'silence' | 'garbage';
  readonly failsFor?: readonly RecordType[];
}

const types = { A: 1, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28 } as const;
export type RecordType = keyof typeof types;
const rcodes = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly bytes: Buffer;
}
interface Answer {
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  readonly data: Buffer;
}

export class FakeDns {
  readonly zones: Record<string, Zone>;
  /** What was asked, as `MX example.org`. */
  readonly queries: string[] = [];
  readonly #socket: Socket;

  private constructor(zones: Record<string, Zone>, socket: Socket) {
    this.zones = zones;
    this.#socket = socket;
    socket.on('message', (packet, peer) => this.#answer(packet, peer));
  }

  static async start(zones: Record<string, Zone> = {}): Promise<FakeDns> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new FakeDns(zones, socket);
  }

  /** For `dns.servers`. */
  get server(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #answer(packet: Buffer, peer: RemoteInfo): void {
    const question = readQuestion(packet);
    const type = typeName(question.type);
    this.queries.push(`${type ?? question.type} ${question.name}`);
    const zone = this.zones[question.name];
    const fails =
      zone?.failsFor === undefined || (type && zone.failsFor.includes(type)) ? zone?.fails : undefined;
    if (fails === 'silence') return;
    if (fails === 'garbage') {
      this.#socket.send(
        Buffer.concat([packet.subarray(0, 2), Buffer.from('garbage')]),
        peer.port,
        peer.address,
      );
      return;
    }
    const rcode = zone === undefined ? rcodes.NXDOMAIN : fails === undefined ? 0 : rcodes[fails];
    const answers = rcode === 0 && type ? this.#records(question.name, type) : [];
    this.#socket.send(response(question, rcode, answers), peer.port, peer.address);
  }

  /** Follows CNAMEs as a recursive server does, and gives up on a loop with the CNAMEs it has seen. */
  #records(name: string, type: RecordType, depth = 0): Answer[] {
    const zone = this.zones[name];
    if (zone === undefined || depth > 8) return [];
    const ttl = zone.ttl ?? 60;
    if (zone.CNAME !== undefined && type !== 'CNAME') {
      const alias = { name, type: types.CNAME, ttl, data: encodeName(zone.CNAME) };
      return [alias, ...this.#records(zone.CNAME, type, depth + 1)];
    }
    return recordData(zone, type).map((data) => ({ name, type: types[type], ttl, data }));
  }
}

function recordData(zone: Zone, type: RecordType): Buffer[] {
  switch (type) {
    case 'A':
    case 'AAAA':
      return (zone[type] ?? []).map(encodeAddress);
    case 'MX':
      return (zone.MX ?? []).map(([preference, host]) =>
        Buffer.concat([uint16(preference), encodeName(host)]),
      );
    case 'TXT':
      return (zone.TXT ?? []).map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]));
    case 'PTR':
      return (zone.PTR ?? []).map(encodeName);
    case 'CNAME':
      return zone.CNAME === undefined ? [] : [encodeName(zone.CNAME)];
  }
}

function typeName(code: number): RecordType | undefined {
  return (Object.keys(types) as RecordType[]).find((name) => types[name] === code);
}

function readQuestion(packet: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = packet.readUInt8(at); length > 0; length = packet.readUInt8(at)) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  return {
    id: packet.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    type: packet.readUInt16BE(at + 1),
    bytes: packet.subarray(12, end),
  };
}

function response(question: Question, rcode: number, answers: readonly Answer[]): Buffer {
  const flags = 0x8180 | rcode; // an answer, recursion asked for and available
  const header = [question.id, flags, 1, answers.length, 0, 0].map(uint16);
  const records = answers.flatMap(({ name, type, ttl, data }) => {
    const times = Buffer.alloc(4);
    times.writeUInt32BE(ttl);
    return [encodeName(name), uint16(type), uint16(1), times, uint16(data.length), data];
  });
  return Buffer.concat([...header, question.bytes, ...records]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
    Buffer.from([0]),
  ]);
}

function encodeAddress(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)];
  return Buffer.concat(all.map((group) => uint16(Number.parseInt(group, 16))));
}
