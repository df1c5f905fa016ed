import { z } from 'zod';
import { Direction, Name } from '../../drivers/reading.ts';

const Address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s/]+):\d{1,5}$/, 'HOST:PORT, for example 127.0.0.1:1883')
  .describe('Address to listen on, HOST:PORT. Port 0 takes a free one.');
const Secret = {
  password: z.string().min(1).max(256).optional().describe('The password itself; better a file.'),
  passwordFile: z
    .string()
    .optional()
    .describe(
      'File that holds the password; relative to the configuration, or a systemd credential.',
    ),
};
const positive = z.number().positive();

export const LimitsConfig = z.strictObject({
  contractA: positive.optional().describe('Current that the supply contract allows, A per phase.'),
  breaker: z
    .strictObject({
      ratedA: positive.describe('Rated current of the breaker, A.'),
      curve: z
        .enum(['B', 'C', 'D'])
        .describe('Magnetic curve, as printed: C40 means curve C, 40 A.'),
    })
    .optional()
    .describe('Miniature breaker, IEC 60898-1.'),
  cable: z
    .strictObject({
      mm2: positive.describe('Cross-section of the copper, mm².'),
      method: z
        .enum(['B1', 'B2', 'C'])
        .describe('How it is laid: B1 and B2 in conduit, C clipped.'),
      cores: z.union([z.literal(2), z.literal(3)]).describe('Loaded conductors: 2 or 3.'),
      ambientC: z.number().min(-20).max(60).default(30).describe('Temperature around it, °C.'),
      grouped: z.int().min(1).max(20).default(1).describe('Circuits that lie together.'),
    })
    .optional()
    .describe('Service cable, PVC copper, IEC 60364-5-52.'),
  residualMa: positive
    .optional()
    .describe('Residual current that raises an alert, mA (300 by default).'),
  ratedKva: positive.optional().describe('Transformer: rated apparent power, kVA.'),
});

export const PointConfig = z.strictObject({
  id: Name.describe('Short name; used in topics and files.'),
  title: z
    .string()
    .min(1)
    .max(20)
    .optional()
    .describe('As people say it: 17号楼. At most 5 characters enter an SMS.'),
  kind: z.enum(['building', 'room', 'feeder', 'transformer', 'shed', 'common']),
  parent: Name.optional().describe('The point that feeds this one.'),
  rooms: z
    .int()
    .min(1)
    .max(200)
    .optional()
    .describe('Rooms behind the meter; decides what the charging rule may say.'),
  limits: LimitsConfig.optional(),
});

export const LaneConfig = z.strictObject({
  id: Name,
  title: z.string().min(1).max(20).optional(),
  direction: Direction.describe('in, out or unknown.'),
  loop: Name.default('loop').describe('Name of the input on which a waiting vehicle stands.'),
  queueLoop: Name.optional().describe(
    'Name of a second loop, about five car lengths back; without one a queue is judged by the pauses at the first.',
  ),
  staffed: z.boolean().default(false).describe('True: a person lets people in by hand.'),
});

export const DeviceConfig = z.strictObject({
  id: Name.describe('Its name here; an MQTT device logs in with it and uses it as client id.'),
  driver: z.string().min(1).describe('Which driver reads it; see docs/devices.md.'),
  title: z.string().min(1).max(20).optional(),
  point: Name.optional().describe('What it measures.'),
  lane: Name.optional().describe('Where it stands.'),
  bus: Name.optional().describe('RS-485 bus or host that it is polled on (see buses).'),
  intervalS: positive
    .max(86_400)
    .optional()
    .describe(
      'How often it should speak, s; silence of 3 times this is an alert. Absent: 30 for what measures power, 60 with a heartbeat, 8 hours for what speaks only when somebody passes.',
    ),
  http: z
    .strictObject({
      username: z.string().min(1).max(64).describe('User name that it logs in with.'),
      ...Secret,
      basic: z
        .boolean()
        .default(true)
        .describe('False: Basic, which says the password readably, is refused; Digest is left.'),
    })
    .optional()
    .describe('Log-in for its pushes over HTTP. Absent: whoever knows the path may push.'),
  options: z.record(z.string(), z.unknown()).optional().describe("The driver's own settings."),
});

export const BusConfig = z.strictObject({
  id: Name,
  title: z
    .string()
    .min(1)
    .max(20)
    .optional()
    .describe('As people say it: 3号线箱. At most 8 characters enter an SMS.'),
  kind: z.enum(['modbus-rtu', 'modbus-tcp', 'dlt645', 'dlt645-tcp', 'http']),
  path: z.string().optional().describe('Serial port: /dev/ttyUSB0.'),
  address: z
    .string()
    .optional()
    .describe(
      'HOST:PORT of a converter (RS-485 to Ethernet), or the URL of a device that is asked over HTTP.',
    ),
  baudRate: z
    .int()
    .min(300)
    .max(921_600)
    .optional()
    .describe('bit/s on the line, also behind a converter; 2400 for dlt645, 9600 otherwise.'),
  parity: z
    .enum(['none', 'even', 'odd'])
    .optional()
    .describe('Serial port only: even for dlt645, none otherwise.'),
  stopBits: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe('Serial port only.'),
  everyS: positive.max(3600).default(10).describe('A round of questions starts this often, s.'),
  timeoutMs: z
    .int()
    .min(50)
    .max(30_000)
    .default(1000)
    .describe('How long a device may take to begin its answer, ms.'),
  username: z.string().optional(),
  ...Secret,
});

export type Bus = z.infer<typeof BusConfig>;

/** SMS over a provider: it knows the texts as templates that it has approved, and is sent their values. */
const CloudSmsConfig = z.strictObject({
  kind: z.enum(['aliyun', 'tencent', 'huawei']),
  keyId: z.string().min(1).describe('AccessKey ID, SecretId or app key.'),
  secretFile: z.string().describe('File with the secret that belongs to it.'),
  signName: z
    .string()
    .min(1)
    .max(12)
    .describe('Signature that the provider has approved, without 【】.'),
  templates: z
    .record(z.string(), z.string().min(1))
    .describe(
      "The provider's template for each message, by id: load.overload.critical. A message without one does not go this way.",
    ),
  appId: z.string().optional().describe('Tencent: SmsSdkAppId.'),
  sender: z.string().optional().describe('Huawei: number of the channel.'),
  region: z.string().default('ap-guangzhou').describe('Tencent only.'),
  url: z
    .string()
    .optional()
    .describe(
      "Where the provider is; its own address if absent. Huawei: the app's access address.",
    ),
});

/** A mail server that takes what the box writes. */
const MailConfig = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(465),
  secure: z
    .boolean()
    .default(true)
    .describe('TLS from the beginning (465). False: STARTTLS, which must succeed (587).'),
  username: z.string().optional(),
  ...Secret,
  from: z.email(),
  to: z.array(z.email()).min(1).max(5),
});

export const GatewayConfig = z.strictObject({
  site: z.strictObject({
    name: z.string().min(1).max(20).describe('Name of the village.'),
    signature: z
      .string()
      .min(1)
      .max(10)
      .optional()
      .describe('Opens every SMS, in 【】; the name if absent.'),
    timeZone: z.string().default('Asia/Shanghai').describe('IANA time zone of the site.'),
    language: z
      .enum(['zh-CN', 'en'])
      .default('zh-CN')
      .describe('Language of messages and of the console at first.'),
    parkingPlaces: z.int().positive().optional(),
    maintenance: z
      .boolean()
      .default(false)
      .describe('True: a planned maintenance; the console says so.'),
  }),
  dataDir: z.string().default('./data').describe('Where the store lives; relative to this file.'),
  keysDir: z
    .string()
    .optional()
    .describe('Where the keys of personal columns live; <dataDir>.keys by default.'),
  broker: z
    .strictObject({
      listen: Address.default('127.0.0.1:1883'),
      anonymous: z
        .boolean()
        .default(false)
        .describe('True: on the bench only; no log-in, all topics open.'),
      users: z
        .array(
          z.strictObject({
            name: Name.describe(
              "A device's name is its MQTT client id; a user that is no device reads.",
            ),
            ...Secret,
            passwordHash: z
              .string()
              .optional()
              .describe('scrypt$N$r$p$salt$hash, as `gatehouse password` prints it.'),
            speaksFor: z
              .array(Name)
              .max(1000)
              .optional()
              .describe(
                'Devices whose messages come over this one connection: behind zigbee2mqtt, emonHub, Frigate. What else it says is not kept.',
              ),
          }),
        )
        .max(5000)
        .default([]),
      limits: z
        .strictObject({
          connections: z.int().min(1).max(20_000).default(1000),
          messagesPerSecond: z
            .int()
            .min(1)
            .default(5000)
            .describe('Of one connection; more is held back, not dropped.'),
          frameKb: z
            .int()
            .min(4)
            .max(8192)
            .default(64)
            .describe(
              'Longest MQTT packet after log-in, KB; cameras that send pictures over MQTT need more.',
            ),
          failuresPerMinute: z
            .int()
            .min(1)
            .default(5)
            .describe('Wrong log-ins of one address and name before it has to wait.'),
        })
        .prefault({}),
      external: z
        .strictObject({
          url: z.string().describe('mqtt:// or mqtts:// of the broker to read from instead.'),
          username: z.string().optional(),
          ...Secret,
          clientId: Name.default('gatehouse'),
        })
        .optional()
        .describe('Another broker, instead of the embedded one.'),
    })
    .prefault({}),
  http: z
    .strictObject({
      listen: Address.default('127.0.0.1:8081'),
      bodyLimitMb: z.number().positive().max(64).default(8),
    })
    .optional()
    .describe('Listener for devices that push over HTTP: POST /push/DEVICE.'),
  console: z
    .strictObject({
      listen: Address.default('127.0.0.1:8080'),
      https: z
        .boolean()
        .default(false)
        .describe(
          'True: a reverse proxy speaks HTTPS; cookies are marked secure, and pages of http:// are refused.',
        ),
      proxies: z
        .array(z.string().min(1))
        .max(8)
        .default([])
        .describe(
          'Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Host are believed; for example 127.0.0.1.',
        ),
      secondFactor: z
        .enum(['required', 'offered'])
        .default('required')
        .describe(
          'Codes of an authenticator app (TOTP). Once set up they are always asked for; required: chair and auditor set one up at their first log-in and do nothing before; offered: nobody must.',
        ),
    })
    .prefault({}),
  journal: z
    .strictObject({
      windowMs: z
        .int()
        .min(0)
        .max(5000)
        .default(10)
        .describe('How long a commit may gather, ms. 0 commits at once.'),
      rawDays: z
        .int()
        .min(1)
        .max(400)
        .default(90)
        .describe('Load readings at full rate are kept this long.'),
      rollupDays: z
        .int()
        .min(1)
        .max(3650)
        .default(760)
        .describe('15-minute values of load are kept this long.'),
      passageDays: z.int().min(1).max(90).default(30),
      plateHours: z
        .int()
        .min(1)
        .max(72)
        .default(72)
        .describe('A plate can be read (with the keys) for so long; then its keyed hash is left.'),
      reserveMb: z
        .int()
        .min(1)
        .default(200)
        .describe('Below this much free space nothing new is accepted.'),
      quarantineMb: z.int().min(1).max(1024).default(16),
    })
    .prefault({}),
  privacy: z
    .strictObject({
      processor: z
        .string()
        .min(1)
        .max(60)
        .describe('Who decides on purpose and means; on the sign at the gate.'),
      contact: z.string().min(1).max(120).describe('Where people ask, object and withdraw.'),
      purpose: z.string().min(1).max(120).default('门岗安全与通行'),
      recipients: z
        .array(z.string().min(1).max(60))
        .max(20)
        .default([])
        .describe('To whom alerts (never plates or persons) are passed on.'),
      alternatives: z
        .string()
        .min(1)
        .max(120)
        .default('刷卡、二维码或人工登记')
        .describe('Other ways in for whoever wants no plate or face read.'),
      version: z.string().min(1).max(20).describe('Version of the notice.'),
      date: z.iso.date().describe('Since when it is valid.'),
    })
    .optional()
    .describe(
      'What the notice at the gate and the page /privacy say. Absent: no notice can be made.',
    ),
  faces: z
    .strictObject({
      enabled: z.literal(true),
      assessment: z
        .string()
        .min(1)
        .describe('Reference and date of the impact assessment (PIPL art. 55).'),
      decidedBy: z.string().min(1).describe('Role that decided.'),
      reviewBy: z.iso.date().describe('Date of the next review, at most 12 months ahead.'),
      notice: z.string().min(1).describe('Version of the notice at the gate.'),
    })
    .optional()
    .describe('Face terminals. Absent: off.'),
  points: z.array(PointConfig).max(20_000).default([]),
  lanes: z.array(LaneConfig).max(64).default([]),
  buses: z.array(BusConfig).max(256).default([]),
  devices: z.array(DeviceConfig).max(20_000).default([]),
  rules: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .default({})
    .describe('Overrides by rule id; `mode: shadow` records and sends nothing.'),
  people: z
    .array(
      z.strictObject({
        id: Name,
        title: z.string().min(1).max(20).describe('Duty number or role, e.g. 3号; not a name.'),
        role: z.enum(['duty', 'chair', 'property', 'grid', 'installer', 'maintainer', 'auditor']),
        phone: z.e164().optional().describe('Mobile number, +86 and 11 digits. Kept encrypted.'),
      }),
    )
    .max(200)
    .default([])
    .describe('Who is told; only read at the first start, then edited in the console.'),
  sms: z
    .strictObject({
      modem: z
        .strictObject({
          path: z.string().describe('Serial port that takes AT commands: /dev/ttyUSB2.'),
          baudRate: z.int().default(115_200),
          pinFile: z.string().optional().describe('File with the PIN of the SIM.'),
        })
        .optional(),
      simulated: z
        .boolean()
        .default(false)
        .describe('True: a simulated modem on a pseudo-terminal; nothing leaves the box.'),
      cloud: CloudSmsConfig.optional().describe(
        'A provider of SMS, beside the modem or instead of it.',
      ),
      dailyPerPerson: z.int().min(10).max(50).default(30),
      dutyReminder: z
        .string()
        .regex(/^(?:off|1[2-9]:[0-5]\d|2[01]:[0-5]\d)$/, 'off, or a time from 12:00 to 21:59')
        .default('18:00')
        .describe('When tonight’s duty is reminded by SMS, local time; off: never.'),
    })
    .prefault({}),
  mail: MailConfig.optional().describe('Alerts by e-mail, as long as in the chat groups.'),
  robots: z
    .array(
      z.strictObject({
        kind: z.enum(['wecom', 'dingtalk', 'feishu']),
        url: z.string().optional(),
        urlFile: z.string().optional().describe('File with the address; its key is a secret.'),
        secretFile: z.string().optional(),
      }),
    )
    .max(5)
    .default([]),
  upstream: z
    .strictObject({
      url: z
        .string()
        .regex(/^(mqtts?|https?):\/\//, 'mqtts://, mqtt://, https:// or http://')
        .describe(
          "The sub-district's platform: mqtts:// for its broker, or https:// where it takes POSTs of JSON. Without TLS on the bench only.",
        ),
      username: z.string().optional(),
      ...Secret,
      clientId: Name.default('gatehouse'),
      topic: z.string().default('duxiang/alerts').describe('Alerts are published below it.'),
      confirmTopic: z
        .string()
        .default('duxiang/confirm')
        .describe("The platform's own confirmations arrive here."),
      onlineTopic: z
        .string()
        .optional()
        .describe(
          'Where it stands, retained, whether the box is connected: `{"online":true}`, or `{"online":false}` when it has gone. It must be allowed to publish there; not over https://.',
        ),
      resultTopic: z
        .string()
        .default('duxiang/results')
        .describe(
          'Results of reported cases arrive here; over https:// they come with the answer.',
        ),
    })
    .optional(),
  reports: z
    .strictObject({
      dailyAt: z
        .string()
        .regex(/^\d\d:\d\d$/)
        .default('08:00'),
    })
    .prefault({}),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
});
export type GatewayConfig = z.infer<typeof GatewayConfig>;
