/** How the flow stores: an INSERT for each message, as its page advises, or many rows at once, as an expert would. */
export type Storing = 'each' | 'batched';

const tab = { id: 'tab', type: 'tab', label: 'bench' };
const columns = ['device', 'at_ms', 'power_w', 'voltage_v', 'current_a', 'energy_wh'] as const;

/** What anybody would check by hand, and an overload with hysteresis for each building. */
const look = `
const p = msg.payload;
if (typeof p !== 'object' || p === null || !Number.isFinite(p.powerW)) return null;
const phase = (p.phases && p.phases[0]) || {};
for (const name of ['voltageV', 'currentA', 'powerW', 'powerFactor', 'thdPercent'])
  if (phase[name] !== undefined && !Number.isFinite(phase[name])) return null;
const device = msg.topic.split('/')[2];
const was = context.get(device) || false;
const is = was ? phase.currentA > 36 : phase.currentA > 40;
if (is !== was) context.set(device, is);
const row = [device, p.atMs, p.powerW, phase.voltageV, phase.currentA, p.energyWh];
`;

const each = `${look}
const value = (x) => (x === undefined ? null : x);
msg.params = {
  $device: row[0], $at_ms: value(row[1]), $power_w: value(row[2]),
  $voltage_v: value(row[3]), $current_a: value(row[4]), $energy_wh: value(row[5]),
};
return msg;
`;

const batched = `${look}
const rows = context.get('rows') || [];
const text = (x) => (x === undefined ? 'NULL' : typeof x === 'string' ? "'" + x.replace(/'/g, "''") + "'" : x);
rows.push('(' + row.map(text).join(',') + ')');
const send = () => {
  const full = context.get('rows') || [];
  context.set('rows', []);
  clearTimeout(context.get('timer'));
  context.set('timer', undefined);
  if (full.length > 0) node.send({ topic: 'INSERT INTO reading VALUES ' + full.join(',') });
};
context.set('rows', rows);
if (rows.length >= 500) send();
else if (!context.get('timer')) context.set('timer', setTimeout(send, 250));
return null;
`;

/** A flow of Node-RED: MQTT in, a function, SQLite with WAL and \`synchronous=FULL\`. */
export function nodeRedFlow(storing: Storing, mqttPort: number, dbFile: string): object[] {
  const setUp =
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; ' +
    `CREATE TABLE IF NOT EXISTS reading (${columns.join(', ')});`;
  const insert = `INSERT INTO reading VALUES (${columns.map((name) => `$${name}`).join(', ')})`;
  const common = { z: tab.id, x: 100, y: 100 };
  return [
    tab,
    { id: 'db', type: 'sqlitedb', db: dbFile, mode: 'RWC' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: String(mqttPort),
      clientid: 'node-red',
      autoConnect: true,
      protocolVersion: '4',
      keepalive: '60',
      cleansession: true,
    },
    {
      ...common,
      id: 'once',
      type: 'inject',
      once: true,
      onceDelay: 0.1,
      props: [{ p: 'topic', vt: 'str' }],
      topic: setUp,
      wires: [['make']],
    },
    { ...common, id: 'make', type: 'sqlite', mydb: 'db', sqlquery: 'batch', sql: '', wires: [[]] },
    {
      ...common,
      id: 'in',
      type: 'mqtt in',
      topic: 'gatehouse/v1/+/power',
      qos: '1',
      datatype: 'json',
      broker: 'broker',
      inputs: 0,
      wires: [['look']],
    },
    {
      ...common,
      id: 'look',
      type: 'function',
      func: storing === 'each' ? each : batched,
      outputs: 1,
      wires: [['store']],
    },
    {
      ...common,
      id: 'store',
      type: 'sqlite',
      mydb: 'db',
      sqlquery: storing === 'each' ? 'prepared' : 'msg.topic',
      sql: storing === 'each' ? insert : '',
      wires: [[]],
    },
  ];
}
